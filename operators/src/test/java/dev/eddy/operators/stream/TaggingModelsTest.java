package dev.eddy.operators.stream;

import static dev.eddy.operators.stream.TaggingHarness.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How newer models are taken up. */
@ExtendWith(NothingHeld.class)
class TaggingModelsTest {
  private static final ModelSnapshot FIRST = Sample.model(0);
  private static final ModelSnapshot SECOND = Sample.model(1);
  private static final ModelSnapshot THIRD = Sample.model(2);
  private static final List<Event> EVENTS = Sample.events(90, 11, 21);

  @Test
  void newerModelIsTakenUpAtTheBarrierAndKeepsTheStates() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      tagging.process(EVENTS.subList(0, 20));
      tagging.model(SECOND);
      tagging.process(EVENTS.subList(20, 40));
      assertEquals(0L, version(tagging));
      tagging.checkpoint();
      assertEquals(1L, version(tagging));
      tagging.process(EVENTS.subList(40, 90));
      tagging.end();
      assertEquals(expected(40), tagging.tags());
    }
  }

  @Test
  void newestOfSeveralIsTakenUpAndOlderOnesPassBy() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      tagging.model(SECOND);
      tagging.model(THIRD);
      tagging.model(SECOND);
      tagging.model(FIRST);
      tagging.checkpoint();
      assertEquals(2L, version(tagging));
      tagging.model(SECOND);
      tagging.checkpoint();
      assertEquals(2L, version(tagging));
      assertEquals(0, tagging.counter("modelsRefused"));
    }
  }

  @Test
  void modelOfAnotherNamePassesBy() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      ModelSnapshot other = new ModelSnapshot("other", 9, 8, 0, SECOND.config(), SECOND.tensors());
      tagging.model(other);
      tagging.checkpoint();
      assertEquals(0L, version(tagging));
    }
  }

  @Test
  void immediateTakeUpIsBetweenTwoBundles() throws Exception {
    TaggingOptions immediate = options(64, TakeUp.IMMEDIATE, OnOtherShapes.REFUSE);
    try (TaggingHarness tagging = new TaggingHarness(immediate, null)) {
      tagging.process(EVENTS.subList(0, 20));
      tagging.model(SECOND);
      assertEquals(1L, version(tagging));
      tagging.process(EVENTS.subList(20, 90));
      tagging.end();
      assertEquals(expected(20), tagging.tags());
    }
  }

  @Test
  void modelOfTheCheckpointIsRestored() throws Exception {
    OperatorSubtaskState pendingBefore;
    OperatorSubtaskState taken;
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      tagging.process(EVENTS.subList(0, 30));
      tagging.model(SECOND);
      taken = tagging.checkpoint();
      tagging.model(THIRD);
      pendingBefore = tagging.checkpoint();
    }
    try (TaggingHarness tagging = new TaggingHarness(options(7), taken)) {
      assertEquals(1L, version(tagging));
      tagging.process(EVENTS.subList(30, 90));
      tagging.end();
      List<String> all = expected(30);
      assertEquals(all.subList(all.size() - tagging.tags().size(), all.size()), tagging.tags());
    }
    try (TaggingHarness tagging = new TaggingHarness(options(7), pendingBefore)) {
      assertEquals(2L, version(tagging));
    }
  }

  @Test
  void rescaledWithAModelOnItsWayAllSubtasksSwitchAtOneBarrier() throws Exception {
    int part = EVENTS.size() / 3;
    List<String> tags = new ArrayList<>();
    List<ModelSnapshot> versions = new ArrayList<>();
    OperatorSubtaskState state = null;
    int before = 0;
    for (int step = 0; step < 3; step++) {
      int parallelism = List.of(2, 4, 1).get(step);
      List<Event> events = EVENTS.subList(step * part, (step + 1) * part);
      OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
      long keys = 0;
      for (int subtask = 0; subtask < parallelism; subtask++) {
        OperatorSubtaskState own =
            state == null
                ? null
                : AbstractStreamOperatorTestHarness.repartitionOperatorState(
                    state, TaggingHarness.MAX_PARALLELISM, before, parallelism, subtask);
        try (TaggingHarness tagging = new TaggingHarness(options(5), own, parallelism, subtask)) {
          keys += tagging.counter("hiddenStateKeys");
          assertEquals(step, version(tagging));
          tagging.model(Sample.model(step + 1));
          tagging.process(ofSubtask(events, parallelism, subtask));
          assertEquals(step, version(tagging));
          states[subtask] = tagging.checkpoint();
          assertEquals(step + 1, version(tagging));
          tags.addAll(tagging.tags());
        }
      }
      assertEquals(alive(EVENTS.subList(0, step * part)), keys);
      state = AbstractStreamOperatorTestHarness.repackageState(states);
      before = parallelism;
      versions.addAll(Collections.nCopies(part, Sample.model(step)));
    }
    List<String> expected = new ArrayList<>(Sample.tags(EVENTS, versions));
    Collections.sort(expected);
    Collections.sort(tags);
    assertEquals(expected, tags);
  }

  /** How many sequences have begun and not ended. */
  private static long alive(List<Event> events) {
    Set<String> alive = new HashSet<>();
    for (Event event : events) {
      if (event.end()) {
        alive.remove(event.sequence());
      } else {
        alive.add(event.sequence());
      }
    }
    return alive.size();
  }

  @Test
  void otherShapesAreRefusedAndCounted() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      tagging.process(EVENTS.subList(0, 20));
      tagging.model(Sample.model(1, Sample.HIDDEN + 1));
      tagging.checkpoint();
      tagging.process(EVENTS.subList(20, 90));
      tagging.end();
      assertEquals(expected(90), tagging.tags());
      assertEquals(1, tagging.counter("modelsRefused"));
      // a refused version does not stand in the way of a good one
      tagging.model(SECOND);
      tagging.checkpoint();
      assertEquals(1L, version(tagging));
    }
  }

  @Test
  void otherLayersAreOtherShapesAndAnotherDropoutIsNot() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      List<Layers> others = List.of(new Layers(true, 0, false), new Layers(false, 0, true));
      for (Layers other : others) {
        tagging.model(Sample.model(1, Sample.INPUTS, Sample.HIDDEN, other));
        tagging.checkpoint();
      }
      assertEquals(0L, version(tagging));
      assertEquals(2, tagging.counter("modelsRefused"));
      tagging.model(Sample.model(1, Sample.INPUTS, Sample.HIDDEN, new Layers(false, 0.25f, false)));
      tagging.checkpoint();
      assertEquals(1L, version(tagging));
    }
  }

  @Test
  void modelThatCannotBeRunIsRefusedAndCounted() throws Exception {
    TaggingOptions reset = options(7, TakeUp.CHECKPOINT, OnOtherShapes.RESET);
    ModelConfig ahead =
        new ModelConfig(
            "lstm", Sample.INPUTS, Sample.HIDDEN, 1, false, "tagging", Sample.LABELS, null, 1);
    try (TaggingHarness tagging = new TaggingHarness(reset, null)) {
      tagging.model(new ModelSnapshot("sample", 1, 0, 0, ahead, SECOND.tensors()));
      tagging.checkpoint();
      assertEquals(0L, version(tagging));
      assertEquals(1, tagging.counter("modelsRefused"));
    }
  }

  @Test
  void otherShapesResetTheStatesWhereAskedFor() throws Exception {
    TaggingOptions reset = options(7, TakeUp.CHECKPOINT, OnOtherShapes.RESET);
    ModelSnapshot wider = Sample.model(1, 11);
    List<Event> endless = EVENTS.stream().filter(event -> !event.end()).toList();
    OperatorSubtaskState state;
    try (TaggingHarness tagging = new TaggingHarness(reset, null)) {
      tagging.process(endless.subList(0, 30));
      tagging.model(wider);
      state = tagging.checkpoint();
    }
    try (TaggingHarness tagging = new TaggingHarness(reset, state)) {
      tagging.process(endless.subList(30, endless.size()));
      tagging.end();
      List<Tag> tags = tagging.harness().extractOutputValues();
      List<String> fresh =
          Sample.tags(
              endless.subList(30, endless.size()), Collections.nCopies(endless.size() - 30, wider));
      assertEquals(
          fresh.stream().map(TaggingModelsTest::withoutIndex).toList(),
          tags.stream().map(Sample::text).map(TaggingModelsTest::withoutIndex).toList());
      long earlier =
          endless.subList(0, 30).stream()
              .filter(event -> event.sequence().equals(tags.get(0).sequence()))
              .count();
      assertTrue(earlier > 0);
      assertEquals(earlier, tags.get(0).index());
    }
  }

  @Test
  void modelThatReadsOtherEventsIsRefusedEvenWhereStatesMayBeReset() throws Exception {
    TaggingOptions reset = options(7, TakeUp.CHECKPOINT, OnOtherShapes.RESET);
    try (TaggingHarness tagging = new TaggingHarness(reset, null)) {
      tagging.model(Sample.model(1, Sample.INPUTS + 1, Sample.HIDDEN));
      tagging.checkpoint();
      assertEquals(0L, version(tagging));
      assertEquals(1, tagging.counter("modelsRefused"));
    }
  }

  @Test
  void checkpointOfAModelThatReadsOtherEventsIsRefused() throws Exception {
    OperatorSubtaskState state;
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      state = tagging.checkpoint();
    }
    ModelSnapshot other = Sample.model(0, Sample.INPUTS + 1, Sample.HIDDEN);
    Throwable refused =
        assertThrows(
                SuppressRestartsException.class,
                () -> new TaggingHarness(other, options(7), state, 1, 0))
            .getCause();
    assertEquals(
        "the model of the checkpoint and that of the model directory must match: input_size is 3 and"
            + " 4; start with the directory that the job had, or without the checkpoint",
        refused.getMessage());
  }

  private static List<Event> ofSubtask(List<Event> events, int parallelism, int subtask) {
    return events.stream()
        .filter(
            event ->
                KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        event.sequence(), TaggingHarness.MAX_PARALLELISM, parallelism)
                    == subtask)
        .toList();
  }

  /** The tags where {@link #SECOND} steps the events from {@code from} on. */
  private static List<String> expected(int from) {
    List<ModelSnapshot> versions = new ArrayList<>(Collections.nCopies(from, FIRST));
    versions.addAll(Collections.nCopies(EVENTS.size() - from, SECOND));
    return Sample.tags(EVENTS, versions);
  }

  private static String withoutIndex(String tag) {
    return tag.replaceFirst("#\\d+ ", "");
  }

  @SuppressWarnings("unchecked")
  private static long version(TaggingHarness tagging) throws Exception {
    return ((Gauge<Long>) tagging.metric(Gauge.class, "modelVersion")).getValue();
  }
}
