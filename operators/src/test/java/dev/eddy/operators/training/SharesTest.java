package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A mini-batch that several threads share. */
class SharesTest {
  private static final int WINDOW = 5;
  private static final int BATCH = 7;
  private static final int MANY = 12;
  private static final ModelConfig.Layers DROPPING = new ModelConfig.Layers(true, 0.3f, false);

  static Stream<Arguments> trainers() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .flatMap(
            kernel ->
                Stream.of(2, 3)
                    .flatMap(
                        threads ->
                            Stream.of(ModelConfig.Layers.PLAIN, DROPPING)
                                .map(layers -> Arguments.of(kernel, threads, layers))));
  }

  @ParameterizedTest
  @MethodSource("trainers")
  void restoredTrainerGoesOnToTheBit(Kernel kernel, int threads, ModelConfig.Layers layers) {
    ModelSnapshot start = model("tagging", layers);
    List<List<Window>> batches = batches();
    try (OnlineTrainer whole = new OnlineTrainer(kernel, start, options(threads));
        OnlineTrainer first = new OnlineTrainer(kernel, start, options(threads))) {
      batches.forEach(batch -> whole.train(batch, none(batch)));
      batches.subList(0, 5).forEach(batch -> first.train(batch, none(batch)));
      TrainingState state = first.state();
      assertEquals(kernel.name() + " on " + threads + " threads", state.kernel());
      try (OnlineTrainer second = new OnlineTrainer(kernel, state, options(threads))) {
        batches.subList(5, MANY).forEach(batch -> second.train(batch, none(batch)));
        same(whole.state().model().tensors(), second.state().model().tensors());
        same(whole.state().secondMoments(), second.state().secondMoments());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("trainers")
  void threadsChangeNoStateAndWeightsOnlyByRounding(
      Kernel kernel, int threads, ModelConfig.Layers layers) {
    String task = layers.residual() ? "classification" : "tagging";
    ModelSnapshot start = model(task, ModelConfig.Layers.PLAIN);
    List<Window> batch = batches().get(BATCH - 1);
    try (OnlineTrainer one = new OnlineTrainer(kernel, start, options(1));
        OnlineTrainer more = new OnlineTrainer(kernel, start, options(threads))) {
      OnlineTrainer.Outcome a = one.train(batch, none(batch));
      OnlineTrainer.Outcome b = more.train(batch, none(batch));
      for (int i = 0; i < BATCH; i++) {
        assertArrayEquals(a.states().get(i), b.states().get(i), 0f);
      }
      assertEquals(a.scored(), b.scored());
      assertEquals(a.correct(), b.correct());
      assertEquals(a.loss(), b.loss(), 1e-5);
      assertEquals(a.gradientNorm(), b.gradientNorm(), 1e-6);
      SortedMap<String, float[]> moments = one.state().firstMoments();
      more.state()
          .firstMoments()
          .forEach((name, values) -> assertArrayEquals(moments.get(name), values, 1e-7f, name));
    }
  }

  @Test
  void whatFailsInAShareIsThrownAndTheNextMiniBatchIsLearned() {
    ModelSnapshot numbers =
        Initialization.fresh("m", config("tagging", ModelConfig.Layers.PLAIN, null), 1);
    Window good = new Window("a", List.of(new Event("a", null, new float[6], 0, 0, false)), false);
    Window bad = new Window("b", List.of(new Event("b", null, new float[2], 0, 0, false)), false);
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.best(), numbers, options(2))) {
      var thrown =
          assertThrows(
              IllegalArgumentException.class,
              () -> trainer.train(List.of(good, bad), none(List.of(good, bad))));
      assertEquals("features: length is 2; must be 6", thrown.getMessage());
      assertEquals(1, trainer.train(List.of(good), none(List.of(good))).scored());
    }
  }

  @Test
  void closingEndsTheThreadsAndGivesTheMemoryBack() {
    long before = Scope.heldBytes();
    ModelSnapshot start = model("tagging", ModelConfig.Layers.PLAIN);
    OnlineTrainer trainer = new OnlineTrainer(Kernels.best(), start, options(3));
    assertEquals(0, threads());
    batches().forEach(batch -> trainer.train(batch, none(batch)));
    assertEquals(2, threads());
    Thread.currentThread().interrupt();
    trainer.close();
    assertTrue(Thread.interrupted());
    assertEquals(0, threads());
    assertEquals(before, Scope.heldBytes());
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("eddy-training-m-"))
        .count();
  }

  private static OnlineTrainer.Options options(int threads) {
    return new OnlineTrainer.Options(WINDOW, BATCH, Learning.adam(3e-3f, 1), 1, threads);
  }

  private static ModelSnapshot model(String task, ModelConfig.Layers layers) {
    return Initialization.fresh("m", config(task, layers, new ModelConfig.Text(301, 6)), 4);
  }

  private static ModelConfig config(
      String task, ModelConfig.Layers layers, ModelConfig.Features features) {
    List<String> labels = List.of("a", "b", "c");
    return new ModelConfig("lstm", 6, 9, 2, false, task, labels, features, 0, layers);
  }

  /** From one window to as many as the trainer takes, and over again. */
  private static List<List<Window>> batches() {
    Random random = new Random(11);
    List<List<Window>> batches = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      List<Window> windows = new ArrayList<>();
      for (int s = 0; s <= i % BATCH; s++) {
        List<Event> events = new ArrayList<>();
        for (int t = random.nextInt(WINDOW); t < WINDOW; t++) {
          String word = "w" + random.nextInt(40);
          events.add(new Event("s" + s, word, null, random.nextInt(3), 0, false));
        }
        windows.add(new Window("s" + s, events, true));
      }
      batches.add(windows);
    }
    return batches;
  }

  private static List<float[]> none(List<Window> windows) {
    return Collections.nCopies(windows.size(), null);
  }

  private static void same(SortedMap<String, float[]> a, SortedMap<String, float[]> b) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, values) -> assertArrayEquals(values, b.get(name), 0f, name));
  }
}
