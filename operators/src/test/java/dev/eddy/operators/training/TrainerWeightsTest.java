package dev.eddy.operators.training;

import static dev.eddy.operators.training.TrainerSample.BATCH;
import static dev.eddy.operators.training.TrainerSample.OPTIONS;
import static dev.eddy.operators.training.TrainerSample.START;
import static dev.eddy.operators.training.TrainerSample.WINDOW;
import static dev.eddy.operators.training.TrainerSample.event;
import static dev.eddy.operators.training.TrainerSample.none;
import static dev.eddy.operators.training.TrainerSample.same;
import static dev.eddy.operators.training.TrainerSample.window;
import static dev.eddy.operators.training.TrainerSample.windows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** How a mini-batch moves the weights, and that snapshots and checkpoints have all of it. */
class TrainerWeightsTest {
  private static final LearningRate RATE = new LearningRate(3e-3, 4, 12, LearningRate.Decay.COSINE);

  /** Of the last step. */
  private double gradientNorm;

  static Stream<Arguments> learnings() {
    return Stream.of(Learning.Algorithm.values())
        .map(algorithm -> new Learning(algorithm, 0.9f, 0.1f, RATE, 1e-2f, 1, 0.05f))
        .flatMap(learning -> TrainerSample.kernels().map(kernel -> Arguments.of(kernel, learning)));
  }

  @ParameterizedTest
  @MethodSource("learnings")
  void restoredTrainerGoesOnToTheBit(Kernel kernel, Learning learning) {
    OnlineTrainer.Options options = new OnlineTrainer.Options(WINDOW, BATCH, learning, 1);
    Random random = new Random(11);
    List<List<Window>> batches = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      batches.add(windows(random, 1 + i % BATCH));
    }
    try (OnlineTrainer whole = new OnlineTrainer(kernel, START, options);
        OnlineTrainer first = new OnlineTrainer(kernel, START, options)) {
      batches.forEach(batch -> whole.train(batch, none(batch.size())));
      batches.subList(0, 5).forEach(batch -> first.train(batch, none(batch.size())));
      TrainingState state = first.state();
      assertEquals(5, state.optimizerSteps());
      assertEquals(kernel.name(), state.kernel());
      try (OnlineTrainer second = new OnlineTrainer(kernel, state, options)) {
        batches.subList(5, 12).forEach(batch -> second.train(batch, none(batch.size())));
        same(whole.state().model().tensors(), second.state().model().tensors());
        same(whole.state().firstMoments(), second.state().firstMoments());
        same(whole.state().secondMoments(), second.state().secondMoments());
        assertEquals(whole.state().optimizerSteps(), second.state().optimizerSteps());
        assertEquals(whole.state().random(), second.state().random());
        assertEquals(whole.snapshot(3).steps(), second.snapshot(3).steps());
      }
      for (Learning.Algorithm other : Learning.Algorithm.values()) {
        boolean both = other != Learning.Algorithm.SGD && !state.secondMoments().isEmpty();
        boolean goesOn = both || other == learning.algorithm();
        assertEquals(goesOn, new Learning(other, 0, 0, RATE, 0, 1, 1).goesOnFrom(state));
      }
      // a copy: training on does not change it
      first.train(batches.get(5), none(batches.get(5).size()));
      assertEquals(5, state.optimizerSteps());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void aStepOfSgdIsThePenalisedGradientClippedByValueThenByNorm(Kernel kernel) {
    float lambda = 0.25f;
    float limit = 0.01f;
    float norm = 0.05f;
    SortedMap<String, float[]> gradient = step(kernel, 0, 1e9f, Float.POSITIVE_INFINITY);
    SortedMap<String, float[]> clipped = step(kernel, lambda, norm, limit);
    double before = 0;
    double squares = 0;
    for (String name : gradient.keySet()) {
      float[] w = START.tensors().get(name);
      float[] g = gradient.get(name);
      boolean matrix = START.config().shapes().get(name).length == 2;
      for (int i = 0; i < g.length && !name.startsWith("embedding"); i++) {
        float penalised = g[i] + (matrix ? lambda * w[i] : 0);
        before += penalised * penalised;
        g[i] = Math.max(-limit, Math.min(limit, penalised));
        squares += g[i] * g[i];
      }
    }
    assertEquals(Math.sqrt(before), gradientNorm, 1e-5, "what is shown is before clipping");
    double factor = norm / Math.sqrt(squares);
    assertTrue(factor < 0.9, "clipped by the norm too: " + factor);
    for (String name : gradient.keySet()) {
      for (int i = 0; i < gradient.get(name).length; i++) {
        double right = gradient.get(name)[i] * (name.startsWith("embedding") ? 1 : factor);
        assertEquals(right, clipped.get(name)[i], 1e-6, name);
      }
    }
  }

  /** How one step of plain SGD at rate 1 moves each weight, with the sign of the gradient. */
  private SortedMap<String, float[]> step(Kernel kernel, float l2, float clipNorm, float clip) {
    Learning learning =
        new Learning(Learning.Algorithm.SGD, 0, 0, LearningRate.constant(1), l2, clipNorm, clip);
    try (OnlineTrainer trainer =
        new OnlineTrainer(kernel, START, new OnlineTrainer.Options(WINDOW, BATCH, learning, 1))) {
      gradientNorm = trainer.train(windows(new Random(3), BATCH), none(BATCH)).gradientNorm();
      SortedMap<String, float[]> moved = trainer.state().model().tensors();
      for (String name : moved.keySet()) {
        float[] values = moved.get(name);
        for (int i = 0; i < values.length; i++) {
          values[i] = START.tensors().get(name)[i] - values[i];
        }
      }
      return moved;
    }
  }

  @Test
  void snapshotNamesItsParentAndIsACopy() {
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.scalar(), START, OPTIONS)) {
      List<Window> windows = windows(new Random(3), 2);
      OnlineTrainer.Outcome outcome = trainer.train(windows, none(2));
      ModelSnapshot one = trainer.snapshot(1);
      float[] copy = one.tensors().get("output.weight").clone();
      trainer.train(windows, none(2));
      ModelSnapshot two = trainer.snapshot(2);
      assertEquals(0, one.parent());
      assertEquals(1, two.parent());
      assertEquals(2, trainer.state().model().version());
      assertEquals(outcome.scored(), one.steps());
      assertEquals(2L * outcome.scored(), two.steps());
      assertArrayEquals(copy, one.tensors().get("output.weight"), 0f);
      assertFalse(Arrays.equals(copy, two.tensors().get("output.weight")));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void onlyTouchedRowsOfTheEmbeddingMove(Kernel kernel) {
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, START, OPTIONS)) {
      trainer.train(List.of(window(0, List.of(event(0, 1, 2)))), none(1));
      trainer.train(List.of(window(0, List.of(event(0, 4, 1)))), none(1));
      float[] before = START.tensors().get("embedding.weight");
      float[] after = trainer.state().model().tensors().get("embedding.weight");
      TreeSet<Integer> moved = new TreeSet<>();
      for (int i = 0; i < before.length; i++) {
        if (before[i] != after[i]) {
          moved.add(i / 8);
        }
      }
      assertTrue(moved.size() > 5 && moved.size() <= 20, "moved rows " + moved);
    }
  }

  @Test
  void gradientThatIsNotFiniteMovesNothing() {
    ModelConfig config =
        new ModelConfig("lstm", 2, 4, 1, false, "tagging", List.of("a", "b"), null, 0);
    ModelSnapshot fresh = Initialization.fresh("m", config, 1);
    // 1e10 * 1e30 - 1e10 * 1e30 is infinity minus infinity
    float[] weight = fresh.tensors().get("rnn.weight_ih_l0");
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i % 2 == 0 ? 1e10f : -1e10f;
    }
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.scalar(), fresh, OPTIONS)) {
      Event event = new Event("s", null, new float[] {3e38f, 3e38f}, 1, 0, false);
      OnlineTrainer.Outcome outcome =
          trainer.train(List.of(new Window("s", List.of(event), false)), none(1));
      assertFalse(Double.isFinite(outcome.gradientNorm()), "norm " + outcome.gradientNorm());
      same(fresh.tensors(), trainer.state().model().tensors());
      assertEquals(0, trainer.state().optimizerSteps());
    }
  }
}
