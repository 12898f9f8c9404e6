package dev.eddy.operators.stream;

import static dev.eddy.operators.stream.TaggingHarness.OPTIONS;
import static dev.eddy.operators.stream.TaggingHarness.options;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NothingHeld.class)
class TaggingOperatorTest {
  private static final ModelSnapshot MODEL = Sample.model(0);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 1000})
  void tagsAreThoseOfTheBareNetworkWhateverTheBundle(int maxBatchSize) throws Exception {
    List<Event> events = Sample.events(500, 9, maxBatchSize);
    try (TaggingHarness tagging = new TaggingHarness(options(maxBatchSize), null)) {
      tagging.process(events);
      tagging.end();
      assertEquals(expected(events), tagging.tags());
      assertEquals(expected(events).size(), tagging.counter("inference_requests"));
      assertEquals(0, tagging.counter("inference_requests_failure"));
    }
  }

  @Test
  void tagsOfASequenceDoNotDependOnTheOthers() throws Exception {
    List<Event> events = Sample.events(400, 7, 3);
    List<Event> alone = new ArrayList<>(events);
    alone.sort((a, b) -> a.sequence().compareTo(b.sequence()));
    try (TaggingHarness together = new TaggingHarness(options(16), null);
        TaggingHarness apart = new TaggingHarness(options(5), null)) {
      together.process(events);
      together.end();
      apart.process(alone);
      apart.end();
      List<String> sorted = new ArrayList<>(together.tags());
      Collections.sort(sorted);
      List<String> other = new ArrayList<>(apart.tags());
      Collections.sort(other);
      assertEquals(sorted, other);
    }
  }

  @Test
  void tagsCarryTheTimestampsOfTheirEvents() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(OPTIONS, null)) {
      tagging.process(Sample.events(100, 5, 1));
      tagging.end();
      for (StreamRecord<Tag> tag : tagging.harness().getRecordOutput()) {
        assertEquals(tag.getValue().time(), tag.getTimestamp());
      }
    }
  }

  @Test
  void scoresAreGivenOnlyIfAskedFor() throws Exception {
    TaggingOptions bare =
        new TaggingOptions(4, Duration.ZERO, false, TakeUp.CHECKPOINT, OnOtherShapes.REFUSE);
    try (TaggingHarness with = new TaggingHarness(options(4), null);
        TaggingHarness without = new TaggingHarness(bare, null)) {
      with.process(Sample.events(20, 3, 1));
      with.end();
      without.process(Sample.events(20, 3, 1));
      without.end();
      List<Tag> tags = with.harness().extractOutputValues();
      for (int i = 0; i < tags.size(); i++) {
        Tag tag = without.harness().extractOutputValues().get(i);
        assertNull(tag.scores());
        assertEquals(tags.get(i).probability(), tag.probability());
        assertEquals(tags.get(i).tag(), tag.tag());
      }
    }
  }

  @Test
  void endDropsTheState() throws Exception {
    List<Event> events = Sample.events(300, 20, 5);
    Map<String, Boolean> alive = new HashMap<>();
    events.forEach(event -> alive.put(event.sequence(), !event.end()));
    long live = alive.values().stream().filter(living -> living).count();
    OperatorSubtaskState state;
    try (TaggingHarness tagging = new TaggingHarness(options(7), null)) {
      tagging.process(events);
      state = tagging.checkpoint();
      assertEquals(live, tagging.harness().numKeyedStateEntries());
      assertEquals(live, tagging.counter("hiddenStateKeys"));
    }
    try (TaggingHarness tagging = new TaggingHarness(options(7), state)) {
      assertEquals(live, tagging.counter("hiddenStateKeys"));
      for (String sequence : alive.keySet()) {
        tagging.process(List.of(Sample.end(sequence, 0)));
      }
      tagging.end();
      assertEquals(0, tagging.counter("hiddenStateKeys"));
      assertEquals(0, tagging.harness().numKeyedStateEntries());
    }
  }

  @Test
  void bundleIsFlushedWhenItIsFull() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(options(3), null)) {
      tagging.process(List.of(step("a"), step("b")));
      assertEquals(0, tagging.tags().size());
      tagging.process(List.of(step("a")));
      assertEquals(3, tagging.tags().size());
      Histogram sizes = tagging.metric(Histogram.class, "batchSize");
      assertEquals(1, sizes.getCount());
      assertEquals(3, sizes.getStatistics().getMax());
    }
  }

  @Test
  void bundleWaitsAtMostTheDelay() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(OPTIONS, null)) {
      tagging.harness().setProcessingTime(5);
      tagging.process(List.of(step("a"), step("b")));
      tagging.harness().setProcessingTime(24);
      assertEquals(0, tagging.tags().size());
      tagging.harness().setProcessingTime(25);
      assertEquals(2, tagging.tags().size());
      assertEquals(20, tagging.metric(Histogram.class, "batchWait").getStatistics().getMax());
      // the next bundle is younger than the timer that the watermark left behind
      tagging.process(List.of(step("a")));
      tagging.harness().processBothWatermarks(new Watermark(1));
      tagging.harness().setProcessingTime(30);
      tagging.process(List.of(step("a")));
      tagging.harness().setProcessingTime(49);
      assertEquals(3, tagging.tags().size());
      tagging.harness().setProcessingTime(50);
      assertEquals(4, tagging.tags().size());
    }
  }

  @Test
  void bundleIsFlushedWhenThereIsNoMoreInput() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(OPTIONS, null)) {
      tagging.idle();
      for (int i = 1; i <= 3; i++) {
        tagging.process(List.of(step("a"), step("b")));
        assertEquals(2 * (i - 1), tagging.tags().size());
        tagging.idle();
        assertEquals(2 * i, tagging.tags().size());
      }
      assertEquals(3, tagging.metric(Histogram.class, "batchSize").getCount());
    }
  }

  @Test
  void withoutADelayEachEventIsSteppedAlone() throws Exception {
    TaggingOptions none =
        new TaggingOptions(64, Duration.ZERO, false, TakeUp.CHECKPOINT, OnOtherShapes.REFUSE);
    try (TaggingHarness tagging = new TaggingHarness(none, null)) {
      for (int i = 1; i <= 3; i++) {
        tagging.process(List.of(step("a")));
        assertEquals(i, tagging.tags().size());
      }
    }
  }

  @Test
  void watermarkComesAfterTheTagsBeforeIt() throws Exception {
    try (TaggingHarness tagging = new TaggingHarness(OPTIONS, null)) {
      tagging.process(List.of(step("a"), step("b")));
      tagging.harness().processBothWatermarks(new Watermark(7));
      tagging.process(List.of(step("c")));
      List<Object> output = new ArrayList<>(tagging.harness().getOutput());
      assertEquals(3, output.size());
      assertEquals(new Watermark(7), output.get(2));
    }
  }

  @Test
  void restoredAtEveryPositionItGoesOnToTheBit() throws Exception {
    List<Event> events = Sample.events(60, 5, 11);
    for (int cut = 0; cut <= events.size(); cut++) {
      List<String> tags;
      OperatorSubtaskState state;
      try (TaggingHarness before = new TaggingHarness(options(7), null)) {
        before.process(events.subList(0, cut));
        state = before.checkpoint();
        tags = new ArrayList<>(before.tags());
        // what comes after the checkpoint is forgotten
        before.process(events.subList(cut, events.size()));
      }
      try (TaggingHarness after = new TaggingHarness(options(7), state)) {
        after.process(events.subList(cut, events.size()));
        after.end();
        tags.addAll(after.tags());
      }
      assertEquals(expected(events), tags, "cut at " + cut);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 64, 1000})
  void eventsWithoutNumbersAreDeadLettersAndChangeNothing(int maxBatchSize) throws Exception {
    List<Event> good = Sample.events(400, 9, 13);
    Random random = new Random(14);
    List<Event> all = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    Map<String, Integer> indices = new HashMap<>();
    for (Event event : good) {
      while (random.nextInt(3) == 0) {
        String sequence = "s-" + random.nextInt(11);
        all.add(broken(sequence, event.time()));
        int index = indices.getOrDefault(sequence, 0);
        reasons.add(
            "scores: must be finite; found none at index %d of sequence '%s', model version 0"
                .formatted(index, sequence));
      }
      all.add(event);
      indices.merge(event.sequence(), event.hasInput() ? 1 : 0, Integer::sum);
      if (event.end()) {
        indices.remove(event.sequence());
      }
    }
    try (TaggingHarness tagging = new TaggingHarness(options(maxBatchSize), null)) {
      tagging.process(all);
      tagging.end();
      assertEquals(expected(good), tagging.tags());
      List<DeadLetter> letters = tagging.deadLetters();
      Collections.sort(reasons);
      assertEquals(reasons, letters.stream().map(DeadLetter::reason).sorted().toList());
      assertEquals(reasons.size(), tagging.counter("inference_requests_failure"));
      assertEquals(tagging.harness().numKeyedStateEntries(), tagging.counter("hiddenStateKeys"));
      indices.values().removeIf(index -> index == 0);
      assertEquals(indices.size(), tagging.harness().numKeyedStateEntries());
    }
  }

  @Test
  void eventWithoutNumbersIsWrittenAnew() throws Exception {
    Event last = new Event("ä", null, new float[] {9, 0, 0.1f}, Event.NO_LABEL, 7, true);
    Event still = Sample.event("ä", 1, 0, 0, 0);
    try (TaggingHarness tagging = new TaggingHarness(overflowing(), OPTIONS, null, 1, 0)) {
      tagging.process(List.of(still, last, still));
      tagging.end();
      DeadLetter letter = tagging.deadLetters().get(0);
      assertEquals("ä", new String(letter.key(), StandardCharsets.UTF_8));
      assertEquals(
          "{\"sequence\":\"ä\",\"features\":[9.0,0.0,0.1],\"time\":7,\"end\":true}",
          new String(letter.value(), StandardCharsets.UTF_8));
      assertEquals(-1, letter.offset());
      assertEquals(7, letter.timestamp());
      // its end counts
      List<Tag> tags = tagging.harness().extractOutputValues();
      assertEquals(List.of(0L, 0L), tags.stream().map(Tag::index).toList());
    }
  }

  /** All units become the more the greater the first input is, and a label's logit infinite. */
  private static ModelSnapshot overflowing() {
    SortedMap<String, float[]> tensors = new TreeMap<>();
    MODEL.tensors().forEach((name, values) -> tensors.put(name, new float[values.length]));
    float[] inputs = tensors.get("rnn.weight_ih_l0");
    for (int i = 0; i < inputs.length; i += Sample.INPUTS) {
      inputs[i] = 1;
    }
    Arrays.fill(tensors.get("output.weight"), 0, Sample.HIDDEN, Float.MAX_VALUE);
    return new ModelSnapshot("sample", 0, -1, 0, MODEL.config(), tensors);
  }

  @Test
  void badOptionsAreRefused() {
    Exception refused = assertThrows(IllegalArgumentException.class, () -> options(0));
    assertEquals("max-batch-size is 0; must be at least 1", refused.getMessage());
  }

  private static Event broken(String sequence, long time) {
    return Sample.event(sequence, time, 0, Float.NaN, 0);
  }

  private static Event step(String sequence) {
    return Sample.event(sequence, 0, 0.5f, -1, 2);
  }

  private static List<String> expected(List<Event> events) {
    return Sample.tags(events, Collections.nCopies(events.size(), MODEL));
  }
}
