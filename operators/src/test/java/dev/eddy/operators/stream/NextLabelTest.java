package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try")
class NextLabelTest {
  @Test
  void eachEventGetsTheLabelOfTheNextOfItsSequence() throws Exception {
    assertEquals(
        List.of("a 0>2", "a 2>-1", "b 1>4"),
        labels(
            List.of(step("a", 0), step("b", 1), step("a", 2), unlabelled("a", 3), step("b", 4))));
  }

  @Test
  void theLastOfASequenceHasTheLabelOfItsBareEndOrNone() throws Exception {
    assertEquals(
        List.of("a 0>1", "b 2>3", "b 3>-1 end", "a 1>7 end", "c 4>-1 end", "a 6>-1 end"),
        labels(
            List.of(
                step("a", 0),
                step("a", 1),
                step("b", 2),
                end(step("b", 3)),
                step("c", 4),
                end("a", 7),
                end("c", -1),
                end("a", 7),
                end(step("a", 6)))));
  }

  @Test
  void restoredAtEveryPositionItGivesTheSame() throws Exception {
    Random random = new Random(3);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String sequence = "s-" + random.nextInt(4);
      Event event = random.nextInt(5) == 0 ? unlabelled(sequence, i) : step(sequence, i);
      events.add(
          switch (random.nextInt(12)) {
            case 0 -> end(event);
            case 1 -> end(sequence, i);
            default -> event;
          });
    }
    List<String> uninterrupted = labels(events);
    for (int at = 0; at <= events.size(); at++) {
      List<Event> taught = new ArrayList<>();
      OperatorSubtaskState state;
      try (var harness = harness(null)) {
        taught.addAll(process(harness, events.subList(0, at)));
        state = harness.snapshot(1, 0);
      }
      try (var harness = harness(state)) {
        taught.addAll(process(harness, events.subList(at, events.size())));
      }
      assertEquals(
          uninterrupted, taught.stream().map(NextLabelTest::text).toList(), "cut at " + at);
    }
  }

  @Test
  void anEndedSequenceLeavesNothing() throws Exception {
    try (var harness = harness(null)) {
      process(harness, List.of(step("a", 0), step("b", 1), end("a", 2)));
      assertEquals(1, harness.numKeyedStateEntries());
    }
  }

  /** With its time for a label. */
  private static Event step(String sequence, int time) {
    return unlabelled(sequence, time).labelled(time);
  }

  private static Event unlabelled(String sequence, long time) {
    return Sample.event(sequence, time, 1, 2, 3);
  }

  private static Event end(Event event) {
    return event.ended();
  }

  private static Event end(String sequence, int label) {
    return Sample.end(sequence, 9).labelled(label);
  }

  private static List<String> labels(List<Event> events) throws Exception {
    return taught(events).stream().map(NextLabelTest::text).toList();
  }

  /** Events with the labels of the next ones. */
  static List<Event> taught(List<Event> events) throws Exception {
    try (var harness = harness(null)) {
      return process(harness, events);
    }
  }

  /** Sequence, time, label, end. */
  private static String text(Event event) {
    return "%s %d>%d%s"
        .formatted(event.sequence(), event.time(), event.label(), event.end() ? " end" : "");
  }

  private static List<Event> process(
      KeyedOneInputStreamOperatorTestHarness<String, Event, Event> harness, List<Event> events)
      throws Exception {
    for (Event event : events) {
      harness.processElement(event, event.time());
    }
    return harness.extractOutputValues();
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, Event, Event> harness(
      OperatorSubtaskState state) throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, Event, Event> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new NextLabel()),
            Event::sequence,
            BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup(Types.EVENT.createSerializer(new SerializerConfigImpl()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }
}
