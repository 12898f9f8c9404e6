package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class SequenceOperatorTest {
  private static final ModelSnapshot TAGGER = model("tagging", true, 0);
  private static final ModelSnapshot CLASSIFIER = model("classification", false, 0);

  private final List<Event> events = Sample.events(200, 5, 3);

  @Test
  void everySequenceIsTaggedAtItsEndAndTheRestAtTheEndOfTheInput() throws Exception {
    try (var operator = open(TAGGER, 1000, null)) {
      process(operator, events);
      operator.endInput1();
      operator.endInput2();
      assertEquals(expected(TAGGER, events, 1000), tags(operator));
      assertEquals(0, counter(operator, "hiddenStateKeys"));
    }
  }

  @Test
  void aClassifierGivesOneRowForEachSequenceWithTheLastIndex() throws Exception {
    try (var operator = open(CLASSIFIER, 1000, null)) {
      process(operator, events);
      operator.endInput1();
      assertEquals(expected(CLASSIFIER, events, 1000), tags(operator));
    }
  }

  @Test
  void aSequenceThatGrowsTooLongIsTaggedInPartsWhoseIndexGoesOn() throws Exception {
    try (var operator = open(TAGGER, 7, null)) {
      process(operator, events);
      operator.endInput1();
      assertEquals(expected(TAGGER, events, 7), tags(operator));
      assertEquals(true, counter(operator, "sequencesCut") > 3);
    }
  }

  @Test
  void whatIsKeptIsInTheCheckpoint() throws Exception {
    List<String> tags = new ArrayList<>();
    OperatorSubtaskState state;
    try (var operator = open(TAGGER, 7, null)) {
      process(operator, events.subList(0, 90));
      operator.prepareSnapshotPreBarrier(1);
      state = operator.snapshot(1, 0);
      tags.addAll(tags(operator));
    }
    try (var operator = open(TAGGER, 7, state)) {
      process(operator, events.subList(90, 200));
      operator.endInput1();
      tags.addAll(tags(operator));
    }
    assertEquals(expected(TAGGER, events, 7), tags);
  }

  @Test
  void aNewerModelTagsWhatEndsAfterTheNextBarrier() throws Exception {
    ModelSnapshot newer = model("tagging", true, 5);
    try (var operator = open(TAGGER, 1000, null)) {
      Event first = Sample.event("a", 1, 1, 2, 3);
      process(operator, List.of(first));
      ((SequenceOperator) operator.getOperator()).processElement2(new StreamRecord<>(newer));
      process(operator, List.of(Sample.event("b", 1, 1, 2, 3), Sample.end("b", 2)));
      operator.snapshot(1, 0);
      process(operator, List.of(Sample.end("a", 3)));
      assertEquals(
          List.of(0L, 5L), operator.extractOutputValues().stream().map(Tag::modelVersion).toList());
      assertEquals(expected(newer, List.of(first), 9), tags(operator).subList(1, 2));
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

  private static KeyedTwoInputStreamOperatorTestHarness<String, Event, ModelSnapshot, Tag> open(
      ModelSnapshot start, int most, OperatorSubtaskState state) throws Exception {
    var options =
        new TaggingOptions(4, Duration.ZERO, true, TakeUp.CHECKPOINT, OnOtherShapes.REFUSE, most);
    var harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            new SequenceOperator(start, options),
            Event::sequence,
            model -> "",
            BasicTypeInfo.STRING_TYPE_INFO,
            16,
            1,
            0);
    harness.setup(Types.TAG.createSerializer(new SerializerConfigImpl()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }

  private static void process(
      KeyedTwoInputStreamOperatorTestHarness<String, Event, ModelSnapshot, Tag> operator,
      List<Event> events)
      throws Exception {
    for (Event event : events) {
      operator.processElement1(event, event.time());
    }
  }

  private static List<String> tags(
      KeyedTwoInputStreamOperatorTestHarness<String, Event, ModelSnapshot, Tag> operator) {
    return operator.extractOutputValues().stream().map(Sample::text).toList();
  }

  private static long counter(
      KeyedTwoInputStreamOperatorTestHarness<String, Event, ModelSnapshot, Tag> operator,
      String name)
      throws Exception {
    return Metrics.of(operator.getOperator(), Counter.class, name).getCount();
  }
}
