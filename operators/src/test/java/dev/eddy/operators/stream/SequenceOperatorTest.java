package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
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
  void sequencesThatAreRunTogetherHaveTheBitsOfEachAlone() throws Exception {
    List<ModelSnapshot> models =
        List.of(TAGGER, CLASSIFIER, model("classification", true, 0), model("tagging", false, 0));
    for (ModelSnapshot model : models) {
      for (int maxBatchSize : new int[] {20, 64, 1000}) {
        try (var operator = waiting(model, maxBatchSize, TakeUp.CHECKPOINT, null)) {
          operator.process(events);
          operator.end();
          assertEquals(expected(model, events, 7), operator.tags());
          var size = operator.metric(Histogram.class, "batchSize").getStatistics();
          assertTrue(size.getMax() > 14, size.getMax() + " events of 7 a sequence");
          assertTrue(size.getMax() <= maxBatchSize, size.getMax() + " of " + maxBatchSize);
        }
      }
    }
  }

  @Test
  void whatHasEndedWaitsForOthersUntilTimeOrABarrierPasses() throws Exception {
    List<Event> one = List.of(Sample.event("a", 0, 1, 2, 3), Sample.end("a", 1));
    try (var operator = waiting(TAGGER, 64, TakeUp.CHECKPOINT, null)) {
      List<String> expected = new ArrayList<>();
      for (int pass = 0; pass < 3; pass++) {
        operator.process(one);
        assertEquals(expected, operator.tags());
        if (pass == 0) {
          operator.harness().setProcessingTime(20);
        } else if (pass == 1) {
          operator.harness().processBothWatermarks(new Watermark(1));
        } else {
          operator.checkpoint();
        }
        expected.addAll(expected(TAGGER, one, 9));
        assertEquals(expected, operator.tags());
      }
    }
  }

  @Test
  void whatHasEndedBeforeAModelIsTakenUpIsTaggedByTheOneBefore() throws Exception {
    try (var operator = waiting(TAGGER, 64, TakeUp.IMMEDIATE, null)) {
      operator.process(List.of(Sample.event("a", 0, 1, 2, 3), Sample.end("a", 1)));
      operator.model(model("tagging", true, 5));
      operator.process(List.of(Sample.event("b", 2, 1, 2, 3), Sample.end("b", 3)));
      operator.end();
      assertEquals(
          List.of(0L, 5L),
          operator.harness().extractOutputValues().stream().map(Tag::modelVersion).toList());
    }
  }

  @Test
  void aBundleIsInNoCheckpoint() throws Exception {
    List<String> tags = new ArrayList<>();
    OperatorSubtaskState state = null;
    for (int from = 0; from < 200; from += 40) {
      try (var operator = waiting(TAGGER, 1000, TakeUp.CHECKPOINT, state)) {
        operator.process(events.subList(from, from + 40));
        if (from == 160) {
          operator.end();
        }
        state = operator.checkpoint();
        tags.addAll(operator.tags());
      }
    }
    assertEquals(expected(TAGGER, events, 7), tags);
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
  void aSequenceOfWhichMoreIsKeptThanMayBeIsCutAtItsNextEvent() throws Exception {
    List<Event> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      all.add(Sample.event("a", i, i, 2, 3));
    }
    OperatorSubtaskState state;
    try (var operator = open(TAGGER, 9, null)) {
      operator.process(all.subList(0, 6));
      state = operator.checkpoint();
      assertEquals(List.of(), operator.tags());
    }
    try (var operator = open(TAGGER, 3, state)) {
      operator.process(all.subList(6, 10));
      List<String> expected = expected(TAGGER, all.subList(0, 7), 7);
      try (WholeSequence network = new WholeSequence(Kernels.best(), TAGGER)) {
        expected.addAll(expected(network, TAGGER, all.subList(7, 10), 7));
      }
      assertEquals(expected, operator.tags());
      assertEquals(2, operator.counter("sequencesCut"));
    }
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
    Event before = Sample.event("c", 0, 3, 2, 1);
    Event other = Sample.event("b", 3, 1, 2, 3);
    for (ModelSnapshot model : List.of(TAGGER, CLASSIFIER)) {
      try (var operator = waiting(model, 64, TakeUp.CHECKPOINT, null)) {
        operator.process(
            List.of(
                before,
                Sample.end("c", 0),
                Sample.event("a", 0, 1, 2, 3),
                Sample.event("a", 1, 0, Float.NaN, 0),
                Sample.end("a", 2),
                other,
                Sample.end("b", 4)));
        operator.end();
        List<Event> good = List.of(before, Sample.end("c", 0), other, Sample.end("b", 4));
        assertEquals(expected(model, good, 9), operator.tags());
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

  /** Runs every sequence by itself. */
  private static TaggingHarness open(ModelSnapshot start, int most, OperatorSubtaskState state)
      throws Exception {
    return open(start, 4, Duration.ZERO, TakeUp.CHECKPOINT, most, state);
  }

  /** Keeps up to 7 events of a sequence, and waits for others. */
  private static TaggingHarness waiting(
      ModelSnapshot start, int maxBatchSize, TakeUp takeUp, OperatorSubtaskState state)
      throws Exception {
    return open(start, maxBatchSize, Duration.ofMillis(20), takeUp, 7, state);
  }

  private static TaggingHarness open(
      ModelSnapshot start,
      int maxBatchSize,
      Duration maxBatchDelay,
      TakeUp takeUp,
      int most,
      OperatorSubtaskState state)
      throws Exception {
    var options =
        new TaggingOptions(
            maxBatchSize,
            maxBatchDelay,
            true,
            takeUp,
            OnOtherShapes.REFUSE,
            most,
            EventFields.DEFAULT,
            TaggingOptions.Generate.NOTHING);
    return new TaggingHarness(new SequenceOperator(start, options), state, 1, 0);
  }
}
