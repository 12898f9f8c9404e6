package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.EventFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

class SequenceOperatorTest {
  private static final ModelSnapshot TAGGER = model("tagging", true, 0);
  private static final ModelSnapshot CLASSIFIER = model("classification", false, 0);

  private final List<Event> events = Sample.events(200, 5, 3);

  @Test
  void everySequenceIsTaggedAtItsEndAndTheRestAtTheEndOfTheInput() throws Exception {
    try (var operator = open(TAGGER, 1000, null)) {
      operator.process(events);
      operator.end();
      assertEquals(expected(TAGGER, events, 1000), operator.tags());
      assertEquals(0, operator.counter("hiddenStateKeys"));
    }
  }

  @Test
  void aClassifierGivesOneRowForEachSequenceWithTheLastIndex() throws Exception {
    try (var operator = open(CLASSIFIER, 1000, null)) {
      operator.process(events);
      operator.end();
      assertEquals(expected(CLASSIFIER, events, 1000), operator.tags());
    }
  }

  @Test
  void aSequenceThatGrowsTooLongIsTaggedInPartsWhoseIndexGoesOn() throws Exception {
    try (var operator = open(TAGGER, 7, null)) {
      operator.process(events);
      operator.end();
      assertEquals(expected(TAGGER, events, 7), operator.tags());
      assertEquals(true, operator.counter("sequencesCut") > 3);
    }
  }

  @Test
  void whatIsKeptIsInTheCheckpoint() throws Exception {
    List<String> tags = new ArrayList<>();
    OperatorSubtaskState state;
    try (var operator = open(TAGGER, 7, null)) {
      operator.process(events.subList(0, 90));
      state = operator.checkpoint();
      tags.addAll(operator.tags());
    }
    try (var operator = open(TAGGER, 7, state)) {
      operator.process(events.subList(90, 200));
      operator.end();
      tags.addAll(operator.tags());
    }
    assertEquals(expected(TAGGER, events, 7), tags);
  }

  @Test
  void aNewerModelTagsWhatEndsAfterTheNextBarrier() throws Exception {
    ModelSnapshot newer = model("tagging", true, 5);
    try (var operator = open(TAGGER, 1000, null)) {
      Event first = Sample.event("a", 1, 1, 2, 3);
      operator.process(List.of(first));
      operator.model(newer);
      operator.process(List.of(Sample.event("b", 1, 1, 2, 3), Sample.end("b", 2)));
      operator.checkpoint();
      operator.process(List.of(Sample.end("a", 3)));
      assertEquals(
          List.of(0L, 5L),
          operator.harness().extractOutputValues().stream().map(Tag::modelVersion).toList());
      assertEquals(expected(newer, List.of(first), 9), operator.tags().subList(1, 2));
    }
  }

  @Test
  void whatGetsNoTagIsADeadLetter() throws Exception {
    Event other = Sample.event("b", 3, 1, 2, 3);
    for (ModelSnapshot model : List.of(TAGGER, CLASSIFIER)) {
      try (var operator = open(model, 1000, null)) {
        operator.process(
            List.of(
                Sample.event("a", 0, 1, 2, 3),
                Sample.event("a", 1, 0, Float.NaN, 0),
                Sample.end("a", 2),
                other,
                Sample.end("b", 4)));
        assertEquals(expected(model, List.of(other), 9), operator.tags());
        assertEquals(2, operator.counter("inference_requests_failure"));
        String reason =
            "scores: must be finite; found none at index %d of sequence 'a', model version 0";
        assertEquals(
            List.of(reason.formatted(0), reason.formatted(1)),
            operator.deadLetters().stream().map(DeadLetter::reason).toList());
      }
    }
  }

  /** What the network says of each sequence, in the order in which they end. */
  private static List<String> expected(ModelSnapshot model, List<Event> events, int most) {
    List<String> tags = new ArrayList<>();
    Map<String, List<Event>> kept = new LinkedHashMap<>();
    Map<String, Long> first = new LinkedHashMap<>();
    try (WholeSequence network = new WholeSequence(Kernels.best(), model)) {
      for (Event event : events) {
        List<Event> sequence = kept.computeIfAbsent(event.sequence(), s -> new ArrayList<>());
        if (event.hasInput()) {
          sequence.add(event);
        }
        long begin = first.getOrDefault(event.sequence(), 0L);
        if (event.end() || sequence.size() == most) {
          tags.addAll(expected(network, model, sequence, begin));
          first.put(event.sequence(), event.end() ? 0 : begin + sequence.size());
          kept.remove(event.sequence());
        }
      }
      new TreeMap<>(kept)
          .forEach(
              (name, sequence) ->
                  tags.addAll(expected(network, model, sequence, first.getOrDefault(name, 0L))));
    }
    return tags;
  }

  private static List<String> expected(
      WholeSequence network, ModelSnapshot model, List<Event> sequence, long begin) {
    List<String> tags = new ArrayList<>();
    if (sequence.isEmpty()) {
      return tags;
    }
    network.run(sequence);
    boolean one = model.config().task().equals("classification");
    for (int i = one ? sequence.size() - 1 : 0; i < sequence.size(); i++) {
      float[] scores = new float[3];
      int row = one ? 0 : i;
      network.scores(row, scores);
      int label = network.label(row);
      Event event = sequence.get(i);
      tags.add(
          Sample.text(
              new Tag(
                  event.sequence(),
                  begin + i,
                  Sample.LABELS.get(label),
                  scores[label],
                  model.version(),
                  event.time(),
                  scores)));
    }
    return tags;
  }

  private static ModelSnapshot model(String task, boolean bidirectional, long version) {
    ModelConfig config =
        new ModelConfig("gru", Sample.INPUTS, 8, 2, bidirectional, task, Sample.LABELS, null, 0);
    ModelSnapshot fresh = Initialization.fresh("sample", config, version + 1);
    return new ModelSnapshot("sample", version, version - 1, 0, config, fresh.tensors());
  }

  private static TaggingHarness open(ModelSnapshot start, int most, OperatorSubtaskState state)
      throws Exception {
    var options =
        new TaggingOptions(
            4,
            Duration.ZERO,
            true,
            TakeUp.CHECKPOINT,
            OnOtherShapes.REFUSE,
            most,
            EventFields.DEFAULT,
            TaggingOptions.Generate.NOTHING);
    return new TaggingHarness(new SequenceOperator(start, options), state, 1, 0);
  }
}
