package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.training.Learning;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try")
class WindowingOperatorTest {
  @Test
  void windowClosesWhenItIsFull() throws Exception {
    List<Event> events = List.of(step("a", 0), step("b", 1), step("a", 2), step("a", 3));
    assertEquals(List.of("a 0 2"), windows(2, events, false));
    assertEquals(List.of("a 0 2", "b 1", "a 3"), windows(2, events, true));
  }

  @Test
  void endClosesTheWindow() throws Exception {
    List<Event> events =
        List.of(
            step("a", 0),
            new Event("a", null, new float[3], 0, 1, true),
            step("a", 2),
            Sample.end("a", 3),
            Sample.end("a", 4),
            step("b", 5));
    assertEquals(List.of("a 0 1 end", "a 2 end", "a end"), windows(3, events, false));
  }

  @Test
  void lastWindowOfAClassifierHasTEventsAtLeast() throws Exception {
    List<Event> events =
        List.of(step("a", 0), step("a", 1), step("b", 2), step("b", 3), Sample.end("a", 4));
    assertEquals(List.of("a 0 1 end"), windows(2, Learner.CLASSIFIER, events, false));
    assertEquals(List.of("a 0 1 end", "b 2 3 end"), windows(2, Learner.CLASSIFIER, events, true));
    List<Event> longer = new ArrayList<>(events);
    longer.addAll(List.of(step("b", 5), step("b", 6), step("b", 7).ended(), Sample.end("c", 8)));
    assertEquals(
        List.of("a 0 1 end", "b 2 3", "b 5 6 7 end", "c end"),
        windows(2, Learner.CLASSIFIER, longer, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|5|a 0 1, a 2 3 4 end, a 5 6, a 7 8 9 end, a 10 11 end",
        "2|7|a 0 1, a 2 3, a 4 5 6 end, a 7 8, a 9 10 11 end",
        "2|4|a 0 1, a 2 3 end, a 4 5, a 6 7 end, a 8 9, a 10 11 end",
        "3|4|a 0 1 2 3 end, a 4 5 6 7 end, a 8 9 10 11 end",
        "9|3|a 0 1 2 end, a 3 4 5 end, a 6 7 8 end, a 9 10 11 end",
      })
  void aSequenceOfAClassifierEndsWhereItIsTagged(int window, int most, String expected)
      throws Exception {
    TrainingOptions options = Learner.CLASSIFIER.options(window, most);
    for (int restart = 0; restart <= 12; restart++) {
      List<String> windows = new ArrayList<>();
      OperatorSubtaskState state;
      try (var harness = harness(Learner.CLASSIFIER, options, null)) {
        for (int t = 0; t < restart; t++) {
          harness.processElement(step("a", t), t);
        }
        state = harness.snapshot(1, 0);
        harness.extractOutputValues().forEach(each -> windows.add(text(each)));
      }
      try (var harness = harness(Learner.CLASSIFIER, options, state)) {
        for (int t = restart; t < 12; t++) {
          harness.processElement(step("a", t), t);
        }
        harness.processElement(Sample.end("a", 12), 12);
        harness.extractOutputValues().forEach(each -> windows.add(text(each)));
        assertEquals(0, harness.numKeyedStateEntries());
      }
      assertEquals(expected, String.join(", ", windows));
    }
  }

  @Test
  void aLowerLimitCutsWhatACheckpointHoldsOfAClassifier() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness(Learner.CLASSIFIER, Learner.CLASSIFIER.options(4, 100), null)) {
      for (int t = 0; t < 7; t++) {
        harness.processElement(step("a", t), t);
      }
      state = harness.snapshot(1, 0);
    }
    try (var harness = harness(Learner.CLASSIFIER, Learner.CLASSIFIER.options(4, 3), state)) {
      harness.processElement(step("a", 7), 7);
      assertEquals(
          List.of("a 0 1 2", "a 3 4 5", "a 6 end"),
          harness.extractOutputValues().stream().map(WindowingOperatorTest::text).toList());
    }
  }

  @Test
  void windowOfABidirectionalNetworkIsWhatIsTaggedAtOnce() throws Exception {
    List<Event> events =
        List.of(
            step("a", 0),
            step("a", 1),
            step("b", 2),
            step("a", 3),
            step("a", 4),
            Sample.end("a", 5),
            step("c", 6).ended());
    List<String> cut = List.of("a 0 1 3 end", "a 4 end", "c 6 end");
    assertEquals(cut, windows(3, Learner.BIDIRECTIONAL, events, false));
    List<String> all = new ArrayList<>(cut);
    all.add("b 2 end");
    assertEquals(all, windows(3, Learner.BIDIRECTIONAL, events, true));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void labelOfABareEndIsThatOfTheLastEventOfAClassifierAtItsLimitToo(int length) throws Exception {
    List<Integer> labels = new ArrayList<>();
    TrainingOptions options = Learner.CLASSIFIER.options(length, 3);
    try (var harness = harness(Learner.CLASSIFIER, options, null)) {
      for (int t = 0; t < 3; t++) {
        harness.processElement(step("a", t), t);
      }
      harness.processElement(Sample.end("a", 3).labelled(1), 3);
      harness.processElement(step("a", 4).labelled(2), 4);
      harness.processElement(Sample.end("a", 5), 5);
      for (Window window : harness.extractOutputValues()) {
        window.events().forEach(event -> labels.add(event.label()));
      }
    }
    assertEquals(List.of(-1, -1, 1, 2), labels);
  }

  @Test
  void openWindowsFollowAtTheEndInTheOrderOfTheirFirstEvents() throws Exception {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      events.add(step("s-" + (i * 37) % 50, i / 2));
    }
    List<String> expected =
        events.stream()
            .sorted(
                (x, y) ->
                    x.time() != y.time()
                        ? Long.compare(x.time(), y.time())
                        : x.sequence().compareTo(y.sequence()))
            .map(event -> event.sequence() + " " + event.time())
            .toList();
    assertEquals(expected, windows(2, events, true));
  }

  @Test
  void everyEventIsInExactlyOneWindowInItsOrder() throws Exception {
    List<Event> events = Sample.events(500, 9, 4);
    Map<String, List<Event>> sent = new LinkedHashMap<>();
    events.stream()
        .filter(Event::hasInput)
        .forEach(
            event -> sent.computeIfAbsent(event.sequence(), s -> new ArrayList<>()).add(event));
    Map<String, List<Event>> cut = new LinkedHashMap<>();
    try (var harness = harness(4, null)) {
      for (Event event : events) {
        harness.processElement(event, event.time());
      }
      harness.endInput();
      for (Window window : harness.extractOutputValues()) {
        cut.computeIfAbsent(window.sequence(), s -> new ArrayList<>()).addAll(window.events());
      }
      assertEquals(0, harness.numKeyedStateEntries());
    }
    assertEquals(sent, cut);
  }

  @ParameterizedTest
  @EnumSource
  void restoredAtEveryPositionItGivesTheSameWindows(Learner learner) throws Exception {
    List<Event> events = Sample.events(60, 5, 6);
    List<String> uninterrupted = windows(4, learner, events, true);
    for (int at = 0; at <= events.size(); at++) {
      List<String> windows = new ArrayList<>();
      OperatorSubtaskState state;
      try (var harness = harness(4, learner, null)) {
        for (Event event : events.subList(0, at)) {
          harness.processElement(event, event.time());
        }
        state = harness.snapshot(1, 0);
        harness.extractOutputValues().forEach(window -> windows.add(text(window)));
      }
      try (var harness = harness(4, learner, state)) {
        for (Event event : events.subList(at, events.size())) {
          harness.processElement(event, event.time());
        }
        harness.endInput();
        harness.extractOutputValues().forEach(window -> windows.add(text(window)));
      }
      assertEquals(uninterrupted, windows, "cut at " + at);
    }
  }

  @Test
  void openWindowsOfALongerLengthFollowInPieces() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness(8, null)) {
      for (int i = 0; i < 6; i++) {
        for (String sequence : List.of("a", "b", "c", "d")) {
          harness.processElement(step(sequence, i), i);
        }
      }
      harness.processElement(step("b", 6), 6);
      state = harness.snapshot(1, 0);
      assertEquals(List.of(), harness.extractOutputValues());
    }
    try (var harness = harness(3, state)) {
      harness.processElement(step("a", 7), 7);
      harness.processElement(Sample.end("b", 8), 8);
      harness.processElement(Sample.end("c", 9), 9);
      harness.processElement(step("a", 10), 10);
      harness.processElement(step("a", 11), 11);
      assertEquals(
          List.of(
              "a 0 1 2",
              "a 3 4 5",
              "b 0 1 2",
              "b 3 4 5",
              "b 6 end",
              "c 0 1 2",
              "c 3 4 5 end",
              "a 7 10 11"),
          harness.extractOutputValues().stream().map(WindowingOperatorTest::text).toList());
      harness.endInput();
      assertEquals(
          List.of("d 0 1 2", "d 3 4 5"),
          harness.extractOutputValues().stream().map(WindowingOperatorTest::text).skip(8).toList());
      assertEquals(0, harness.numKeyedStateEntries());
    }
  }

  @Test
  void openWindowOfALongerLengthLeavesAClassifierItsLast() throws Exception {
    OperatorSubtaskState state;
    try (var harness = harness(8, Learner.CLASSIFIER, null)) {
      for (int i = 0; i < 10; i++) {
        harness.processElement(step("a", i), i);
        harness.processElement(step("b", i), i);
      }
      state = harness.snapshot(1, 0);
    }
    try (var harness = harness(3, Learner.CLASSIFIER, state)) {
      harness.processElement(step("a", 10), 10);
      harness.processElement(Sample.end("a", 11), 11);
      harness.endInput();
      assertEquals(
          List.of("a 0 1 2", "a 3 4 5", "a 6 7 8 9 10 end", "b 0 1 2", "b 3 4 5", "b 6 7 8 9 end"),
          harness.extractOutputValues().stream().map(WindowingOperatorTest::text).toList());
    }
  }

  @Test
  void emptyWindowsAreRefused() {
    for (Learner learner : Learner.values()) {
      Exception refused = assertThrows(IllegalArgumentException.class, () -> learner.options(0));
      assertEquals("training.window is 0; must be at least 1", refused.getMessage());
    }
  }

  private enum Learner {
    TAGGER,
    CLASSIFIER,
    BIDIRECTIONAL;

    ModelConfig config() {
      String task = this == CLASSIFIER ? "classification" : "tagging";
      return new ModelConfig(
          "gru", Sample.INPUTS, 4, 1, this == BIDIRECTIONAL, task, Sample.LABELS, null, 0);
    }

    /** Of a bidirectional network training.window says nothing. */
    TrainingOptions options(int length) {
      return this == BIDIRECTIONAL
          ? options(Math.min(length, 1), Math.max(length, 1))
          : options(length, 1000);
    }

    TrainingOptions options(int window, int maxSequenceEvents) {
      return new TrainingOptions(
          window, 1, Learning.adam(1, 1), 1, 1, Duration.ZERO, 1, maxSequenceEvents);
    }
  }

  private static Event step(String sequence, long time) {
    return Sample.event(sequence, time, 1, 2, 3);
  }

  private static List<String> windows(int length, List<Event> events, boolean end)
      throws Exception {
    return windows(length, Learner.TAGGER, events, end);
  }

  private static List<String> windows(int length, Learner learner, List<Event> events, boolean end)
      throws Exception {
    try (var harness = harness(length, learner, null)) {
      for (Event event : events) {
        harness.processElement(event, event.time());
      }
      if (end) {
        harness.endInput();
      }
      return harness.extractOutputValues().stream().map(WindowingOperatorTest::text).toList();
    }
  }

  /** Sequence, times of the events, end. */
  private static String text(Window window) {
    StringBuilder text = new StringBuilder(window.sequence());
    window.events().forEach(event -> text.append(' ').append(event.time()));
    return text.append(window.end() ? " end" : "").toString();
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, Event, Window> harness(
      int length, OperatorSubtaskState state) throws Exception {
    return harness(length, Learner.TAGGER, state);
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, Event, Window> harness(
      int length, Learner learner, OperatorSubtaskState state) throws Exception {
    return harness(learner, learner.options(length), state);
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, Event, Window> harness(
      Learner learner, TrainingOptions options, OperatorSubtaskState state) throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, Event, Window> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new WindowingOperator(learner.config(), options),
            Event::sequence,
            BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup(Types.WINDOW.createSerializer(new SerializerConfigImpl()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return harness;
  }
}
