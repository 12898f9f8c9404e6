package dev.eddy.operators.stream;

import static dev.eddy.operators.stream.TrainingHarness.window;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.LearningRate;
import dev.eddy.operators.training.OnlineTrainer;
import dev.eddy.operators.training.OnlineTrainer.Outcome;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(NothingHeld.class)
class TrainingOperatorTest {
  private static final List<Event> EVENTS = Sample.events(300, 7, 31);

  @Test
  void everyLabelledEventIsLearnedOnce() throws Exception {
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(TrainingHarness.windows(EVENTS));
      training.end();
      List<Score> scores = training.scores();
      assertEquals(labelled(EVENTS), scores.stream().mapToLong(Score::events).sum());
      long total = 0;
      for (int i = 0; i < scores.size(); i++) {
        total += scores.get(i).events();
        assertEquals(i + 1, scores.get(i).batch());
        assertEquals(total, scores.get(i).totalEvents());
        assertTrue(scores.get(i).correct() <= scores.get(i).events());
        assertEquals("sample", scores.get(i).model());
      }
    }
  }

  @Test
  void modelIsPublishedEverySoManyEventsAndAtTheEnd() throws Exception {
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(TrainingHarness.windows(EVENTS));
      training.end();
      List<ModelSnapshot> models = training.models();
      long before = 0;
      for (int i = 0; i < models.size(); i++) {
        ModelSnapshot model = models.get(i);
        assertEquals(i + 1, model.version());
        assertEquals(i, model.parent());
        long events = model.steps() - before;
        int most = 40 + TrainingHarness.WINDOW * TrainingHarness.BATCH;
        assertTrue(events < most, "model " + i + " after " + events);
        assertTrue(events >= 40 || i == models.size() - 1, "model " + i + " after " + events);
        before = model.steps();
      }
      assertEquals(labelled(EVENTS), before);
      List<Score> scores = training.scores();
      assertEquals(0, scores.get(0).modelVersion());
      for (Score score : scores) {
        long published = models.stream().filter(m -> m.steps() < score.totalEvents()).count();
        assertEquals(published, score.modelVersion());
      }
    }
  }

  @Test
  void learnsTheSampleTask() throws Exception {
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(TrainingHarness.windows(Sample.events(6000, 7, 32)));
      training.end();
      List<Score> scores = training.scores();
      List<Score> last = scores.subList(scores.size() - 50, scores.size());
      double correct = last.stream().mapToInt(Score::correct).sum();
      double events = last.stream().mapToInt(Score::events).sum();
      assertTrue(correct / events > 0.85, "accuracy " + correct / events);
      double gauge = gauge(training, "accuracy").doubleValue();
      assertTrue(gauge > 0.8 && gauge <= 1, "gauge " + gauge);
    }
  }

  @Test
  void windowsAreTakenInOrderOnePerSequenceWithCarriedStates() throws Exception {
    List<Window> windows =
        List.of(
            window("a", 0, false),
            window("a", 10, false),
            window("b", 20, true),
            window("c", 30, false),
            window("b", 40, false),
            window("a", 50, true),
            window("d", 60, false));
    List<String> expected = new ArrayList<>();
    try (OnlineTrainer trainer =
        new OnlineTrainer(
            Kernels.best(),
            Sample.model(0),
            TrainingHarness.OPTIONS.trainer(Sample.model(0).config()))) {
      // a b c fill the first; a b d the second: the second window of a carries the state of the
      // first, b begins anew; the last a carries on
      Outcome first =
          trainer.train(
              List.of(windows.get(0), windows.get(2), windows.get(3)),
              Arrays.asList(null, null, null));
      Outcome second =
          trainer.train(
              List.of(windows.get(1), windows.get(4), windows.get(6)),
              Arrays.asList(first.states().get(0), null, null));
      Outcome third = trainer.train(List.of(windows.get(5)), List.of(second.states().get(0)));
      for (Outcome outcome : List.of(first, second, third)) {
        expected.add(outcome.loss() / outcome.scored() + " " + outcome.gradientNorm());
      }
    }
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(windows);
      assertEquals(2, training.scores().size());
      training.end();
      assertEquals(
          expected,
          training.scores().stream().map(s -> s.loss() + " " + s.gradientNorm()).toList());
      // b, c and d go on
      assertEquals(3, training.harness().numKeyedStateEntries());
    }
  }

  @Test
  void partialBatchTrainsWhenEventTimeHasMoved() throws Exception {
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(List.of(window("a", 0, false), window("b", 100, false)));
      training.process(List.of(window("a", 199, false)));
      assertEquals(0, training.scores().size());
      training.process(List.of(window("b", 200, false)));
      assertEquals(1, training.scores().size());
      assertEquals(2 * TrainingHarness.WINDOW, training.scores().get(0).events());
      assertEquals(200, training.scores().get(0).time());
    }
  }

  @Test
  void tooManyWindowsOfTooFewSequencesTrainToo() throws Exception {
    try (TrainingHarness training = new TrainingHarness(null)) {
      for (int i = 0; i < 4 * TrainingHarness.BATCH; i++) {
        assertEquals(0, training.scores().size());
        training.process(List.of(window("a", 0, false)));
      }
      assertEquals(1, training.scores().size());
    }
  }

  @Test
  void endOfASequenceWithoutAWindowDropsItsState() throws Exception {
    Window bare = new Window("a", List.of(), true);
    try (TrainingHarness training = new TrainingHarness(null)) {
      // while its window waits, the window becomes the end
      training.process(List.of(window("a", 0, false), bare, window("b", 0, false)));
      training.process(List.of(window("c", 0, false)));
      assertEquals(1, training.scores().size());
      assertEquals(2, training.harness().numKeyedStateEntries());
      // after its window was trained, at once
      training.process(List.of(new Window("b", List.of(), true)));
      assertEquals(1, training.harness().numKeyedStateEntries());
    }
  }

  @Test
  void eventsWithoutLabelStepTheStateAndTeachNothing() throws Exception {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      events.add(Sample.event("a", i, 1, i, -1));
    }
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(List.of(new Window("a", events, false)));
      training.end();
      assertEquals(List.of(), training.all());
      assertEquals(1, training.harness().numKeyedStateEntries());
    }
  }

  @Test
  void miniBatchOfNoNumbersTeachesNothing() throws Exception {
    Event broken = new Event("new", null, new float[] {Float.NaN, 0, 0}, 0, 0, false);
    List<Window> windows = TrainingHarness.windows(EVENTS);
    try (TrainingHarness poisoned = new TrainingHarness(null);
        TrainingHarness sound = new TrainingHarness(null)) {
      for (TrainingHarness training : List.of(poisoned, sound)) {
        training.process(windows.subList(0, 20));
        training.end();
      }
      poisoned.process(List.of(new Window("new", List.of(broken), false)));
      poisoned.end();
      assertEquals(
          1,
          Metrics.of(poisoned.harness().getOperator(), Counter.class, "skippedBatches").getCount());
      for (TrainingHarness training : List.of(poisoned, sound)) {
        training.process(windows.subList(20, windows.size()));
        training.process(List.of(window("new", 9000, false), window("a", 9000, false)));
        training.end();
      }
      assertEquals(sound.all(), poisoned.all());
    }
  }

  @Test
  void versionOfNoNumbersIsNotPublished() throws Exception {
    var text = new ModelConfig.Text(4096, 2);
    ModelConfig config = new ModelConfig("lstm", 2, 4, 1, false, "tagging", Sample.LABELS, text, 0);
    ModelSnapshot broken = Initialization.fresh("sample", config, 3);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < TrainingHarness.WINDOW; i++) {
      events.add(new Event("a", "word", null, i % 3, i, false));
    }
    try (TrainingHarness training = new TrainingHarness(broken, null)) {
      training.process(List.of(new Window("a", events, false)));
      training.end();
      assertEquals(1, training.models().size());
    }
    // of a row that no event reads
    broken.tensors().get("embedding.weight")[7] = Float.NaN;
    try (TrainingHarness training = new TrainingHarness(broken, null)) {
      training.process(List.of(new Window("a", events, false)));
      training.end();
      assertEquals(1, training.scores().size());
      assertEquals(0, training.models().size());
      Counter unpublished =
          Metrics.of(training.harness().getOperator(), Counter.class, "unpublishedVersions");
      assertEquals(1, unpublished.getCount());
    }
  }

  @Test
  void gaugesShowTheLastMiniBatch() throws Exception {
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(TrainingHarness.windows(EVENTS));
      training.end();
      List<Score> scores = training.scores();
      Score last = scores.get(scores.size() - 1);
      assertEquals(last.loss(), gauge(training, "loss").doubleValue());
      assertEquals(last.gradientNorm(), gauge(training, "gradientNorm").doubleValue());
      assertEquals(last.totalEvents(), gauge(training, "trainedEvents").longValue());
      assertEquals(training.models().size(), gauge(training, "publishedVersion").longValue());
      assertEquals(0, gauge(training, "waitingWindows").intValue());
    }
  }

  @Test
  @SuppressWarnings("try")
  void otherParallelismIsRefused() throws Exception {
    try (var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new TrainingOperator(Sample.model(0), TrainingHarness.OPTIONS),
            Window::sequence,
            BasicTypeInfo.STRING_TYPE_INFO,
            16,
            2,
            0)) {
      harness.setup(Types.SCORE.createSerializer(new SerializerConfigImpl()));
      Throwable refused = assertThrows(SuppressRestartsException.class, harness::open).getCause();
      assertEquals("parallelism of the training operator is 2; must be 1", refused.getMessage());
    }
  }

  @Test
  void badOptionsAreRefused() {
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new TrainingOptions(16, 0, Learning.adam(1, 1), 0, 1000, Duration.ZERO));
    assertEquals("training.batch is 0; must be at least 1", refused.getMessage());
  }

  private static long labelled(List<Event> events) {
    return events.stream().filter(event -> event.label() != Event.NO_LABEL).count();
  }

  private static Number gauge(TrainingHarness training, String name) throws Exception {
    Gauge<?> gauge = Metrics.of(training.harness().getOperator(), Gauge.class, name);
    return (Number) gauge.getValue();
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "L17 truncated back-propagation: a window of T steps or more gives the full gradient")
  void windowsOfAllEventsGiveTheFullGradientAndShorterOnesDoNot(Cell cell) throws Exception {
    int steps = 12;
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < steps; t++) {
      float[] features = {t % 5 - 2, t % 3 - 1, t % 2};
      events.add(new Event("a", null, features, t % 3, 10L * t, t == steps - 1));
    }
    // one step of SGD at rate 1 is the gradient; all events unrolled once
    TrainingOptions once = windowed(steps);
    var config =
        new ModelConfig(
            cell.architecture(), 3, 8, 2, false, "tagging", Sample.LABELS, null, 0, Layers.PLAIN);
    ModelSnapshot start = Initialization.fresh("sample", config, 3);
    ModelSnapshot full;
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.best(), start, once.trainer(config))) {
      trainer.train(List.of(new Window("a", events, true)), Collections.singletonList(null));
      full = trainer.snapshot(1);
    }
    for (int window : new int[] {steps, steps + 1, 3 * steps}) {
      assertEquals(TrainingHarness.text(full), learned(start, events, window), "window " + window);
    }
    assertNotEquals(TrainingHarness.text(full), learned(start, events, steps - 1));
  }

  private static TrainingOptions windowed(int window) {
    Learning learning =
        new Learning(
            Learning.Algorithm.SGD,
            0,
            0,
            LearningRate.constant(1),
            0,
            Float.POSITIVE_INFINITY,
            Float.POSITIVE_INFINITY);
    return new TrainingOptions(window, 1, learning, 5, 1000, TrainingHarness.OPTIONS.patience());
  }

  /** The model that the operators publish once they have cut and learned from these events. */
  private static String learned(ModelSnapshot start, List<Event> events, int window)
      throws Exception {
    try (TrainingHarness training = new TrainingHarness(start, windowed(window), null)) {
      training.process(TrainingHarness.windows(events, window));
      training.end();
      return TrainingHarness.text(training.models().get(training.models().size() - 1));
    }
  }
}
