package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.AllocatedBytes;
import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Network;
import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class OnlineTrainerTest {
  private static final int WINDOW = 6;
  private static final int BATCH = 5;
  private static final OnlineTrainer.Options OPTIONS =
      new OnlineTrainer.Options(WINDOW, BATCH, 3e-3f, 1, 1);
  private static final List<String> WORDS =
      List.of("The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", ".");

  private final ModelSnapshot start =
      Initialization.fresh(
          "m",
          new ModelConfig(
              "lstm",
              8,
              11,
              2,
              false,
              "tagging",
              List.of("a", "b", "c"),
              new ModelConfig.Text(301, 8),
              0),
          4);

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void learnsALabelThatDependsOnTheWordBefore(Kernel kernel) {
    Random random = new Random(2);
    try (OnlineTrainer trainer =
        new OnlineTrainer(kernel, start, new OnlineTrainer.Options(WINDOW, BATCH, 1e-2f, 1, 1))) {
      List<float[]> states = none(BATCH);
      int[] before = new int[BATCH];
      double early = 0;
      double late = 0;
      for (int round = 0; round < 400; round++) {
        List<Window> windows = new ArrayList<>();
        for (int s = 0; s < BATCH; s++) {
          List<Event> events = new ArrayList<>();
          for (int t = 0; t < WINDOW; t++) {
            int word = random.nextInt(WORDS.size());
            events.add(event(s, word, before[s] % 3));
            before[s] = word;
          }
          windows.add(new Window("s" + s, events, false));
        }
        OnlineTrainer.Outcome outcome = trainer.train(windows, states);
        states = outcome.states();
        early += round < 40 ? outcome.correct() : 0;
        late += round >= 360 ? outcome.correct() : 0;
      }
      // the first event of a window has its word before in the carried state only: without
      // carrying, one in six would be guessed, and 0.9 out of reach
      assertTrue(late / (40 * BATCH * WINDOW) > 0.99, "accuracy " + late / (40 * BATCH * WINDOW));
      assertTrue(early / (40 * BATCH * WINDOW) < 0.6, "it learns online, not before");
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void statesAreThoseOfTheStepperWithTheWeightsBefore(Kernel kernel) {
    List<Window> windows = windows(new Random(3), BATCH);
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, start, OPTIONS)) {
      trainer.train(windows(new Random(9), BATCH), none(BATCH));
      ModelSnapshot before = trainer.snapshot(1);
      OnlineTrainer.Outcome outcome = trainer.train(windows, none(BATCH));
      try (Stepper stepper = new Stepper(kernel, before, 1)) {
        int correct = 0;
        for (int i = 0; i < BATCH; i++) {
          float[] state = new float[stepper.stateSize()];
          stepper.load(0, null);
          for (Event event : windows.get(i).events()) {
            stepper.input(0, event);
            stepper.step(1);
            correct += stepper.label(0) == event.label() ? 1 : 0;
          }
          stepper.store(0, state);
          assertArrayEquals(state, outcome.states().get(i), 0f);
        }
        assertEquals(correct, outcome.correct());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void orderOfWindowsChangesNoStateAndWeightsOnlyByRounding(Kernel kernel) {
    List<Window> windows = windows(new Random(3), BATCH);
    List<Window> reversed = new ArrayList<>(windows);
    Collections.reverse(reversed);
    try (OnlineTrainer one = new OnlineTrainer(kernel, start, OPTIONS);
        OnlineTrainer two = new OnlineTrainer(kernel, start, OPTIONS)) {
      OnlineTrainer.Outcome a = one.train(windows, none(BATCH));
      OnlineTrainer.Outcome b = two.train(reversed, none(BATCH));
      for (int i = 0; i < BATCH; i++) {
        assertArrayEquals(a.states().get(i), b.states().get(BATCH - 1 - i), 0f);
      }
      assertEquals(a.correct(), b.correct());
      assertEquals(a.loss(), b.loss(), 1e-5);
      assertEquals(a.gradientNorm(), b.gradientNorm(), 1e-6);
    }
  }

  private static final LearningRate RATE = new LearningRate(3e-3, 4, 12, LearningRate.Decay.COSINE);

  static Stream<Arguments> learnings() {
    return Stream.of(Learning.Algorithm.values())
        .map(algorithm -> new Learning(algorithm, 0.9f, 0.1f, RATE, 1e-2f, 1, 0.05f))
        .flatMap(learning -> kernels().map(kernel -> Arguments.of(kernel, learning)));
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
    try (OnlineTrainer whole = new OnlineTrainer(kernel, start, options);
        OnlineTrainer first = new OnlineTrainer(kernel, start, options)) {
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
      // a copy: training on does not change it
      first.train(batches.get(5), none(batches.get(5).size()));
      assertEquals(5, state.optimizerSteps());
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void aStepOfSgdIsThePenalisedGradientClippedByValueThenByNorm(Kernel kernel) {
    float lambda = 0.25f;
    float limit = 0.01f;
    float norm = 0.05f;
    SortedMap<String, float[]> gradient = step(kernel, 0, 1e9f, Float.POSITIVE_INFINITY);
    SortedMap<String, float[]> clipped = step(kernel, lambda, norm, limit);
    double squares = 0;
    for (String name : gradient.keySet()) {
      float[] w = start.tensors().get(name);
      float[] g = gradient.get(name);
      boolean matrix = start.config().shapes().get(name).length == 2;
      for (int i = 0; i < g.length && !name.startsWith("embedding"); i++) {
        float penalised = g[i] + (matrix ? lambda * w[i] : 0);
        g[i] = Math.max(-limit, Math.min(limit, penalised));
        squares += g[i] * g[i];
      }
    }
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
        new OnlineTrainer(kernel, start, new OnlineTrainer.Options(WINDOW, BATCH, learning, 1))) {
      trainer.train(windows(new Random(3), BATCH), none(BATCH));
      SortedMap<String, float[]> moved = trainer.state().model().tensors();
      for (String name : moved.keySet()) {
        float[] values = moved.get(name);
        for (int i = 0; i < values.length; i++) {
          values[i] = start.tensors().get(name)[i] - values[i];
        }
      }
      return moved;
    }
  }

  @Test
  void snapshotNamesItsParentAndIsACopy() {
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.scalar(), start, OPTIONS)) {
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
  @MethodSource("kernels")
  void eventsWithoutALabelStepTheStateAndCarryNoLoss(Kernel kernel) {
    List<Event> labelled = List.of(event(0, 1, 2), event(0, 2, 0), event(0, 3, 1));
    List<Event> none =
        List.of(event(0, 1, Event.NO_LABEL), event(0, 2, Event.NO_LABEL), event(0, 3, -1));
    List<Event> some = List.of(event(0, 1, Event.NO_LABEL), event(0, 2, 0), event(0, 3, -1));
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, start, OPTIONS)) {
      OnlineTrainer.Outcome silent = trainer.train(List.of(window(0, none)), none(1));
      assertEquals(0, silent.scored());
      assertEquals(0, silent.correct());
      assertEquals(0.0, silent.loss());
      assertEquals(0.0, silent.gradientNorm());
      assertEquals(0, trainer.state().optimizerSteps());
      same(start.tensors(), trainer.state().model().tensors());
      OnlineTrainer.Outcome partly = trainer.train(List.of(window(0, some)), none(1));
      assertEquals(1, partly.scored());
      assertArrayEquals(silent.states().get(0), partly.states().get(0), 0f);
      assertTrue(partly.loss() > 0.5 && partly.loss() < 2, "one event's loss near ln 3");
    }
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, start, OPTIONS)) {
      float[] state = trainer.train(List.of(window(0, labelled)), none(1)).states().get(0);
      try (OnlineTrainer other = new OnlineTrainer(kernel, start, OPTIONS)) {
        assertArrayEquals(
            state, other.train(List.of(window(0, none)), none(1)).states().get(0), 0f);
      }
    }
  }

  @Test
  void bareEndStepsNothing() {
    List<Event> events = List.of(event(0, 1, 2), event(0, 2, 0));
    List<Event> ended = List.of(events.get(0), events.get(1), end(0));
    float[] carried = new float[4 * 11];
    Arrays.fill(carried, 0.25f);
    try (OnlineTrainer one = new OnlineTrainer(Kernels.scalar(), start, OPTIONS);
        OnlineTrainer two = new OnlineTrainer(Kernels.scalar(), start, OPTIONS)) {
      List<float[]> a = one.train(List.of(window(0, events)), none(1)).states();
      List<float[]> b =
          two.train(
                  List.of(window(1, List.of(end(1))), window(0, ended), window(2, List.of(end(2)))),
                  Arrays.asList(carried, null, null))
              .states();
      assertArrayEquals(carried, b.get(0), 0f);
      assertArrayEquals(a.get(0), b.get(1), 0f);
      assertNull(b.get(2));
      same(one.state().model().tensors(), two.state().model().tensors());
      assertEquals(0, two.train(List.of(window(1, List.of(end(1)))), none(1)).scored());
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void onlyTouchedRowsOfTheEmbeddingMove(Kernel kernel) {
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, start, OPTIONS)) {
      trainer.train(List.of(window(0, List.of(event(0, 1, 2)))), none(1));
      trainer.train(List.of(window(0, List.of(event(0, 4, 1)))), none(1));
      float[] before = start.tensors().get("embedding.weight");
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

  @Test
  void batchesThatAreTooLargeAndOptionsThatMakeNoSenseAreRefused() {
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.scalar(), start, OPTIONS)) {
      refused(
          "train: 6 windows; at most 5", () -> trainer.train(windows(new Random(1), 6), none(6)));
      List<Event> seven = Collections.nCopies(7, event(0, 1, 1));
      refused(
          "train: 7 events in a window; at most 6",
          () -> trainer.train(List.of(window(0, seven)), none(1)));
    }
    refused(
        "learning rate is 0.0; must be positive", () -> new OnlineTrainer.Options(1, 1, 0, 1, 1));
    refused(
        "clip norm is NaN; must be positive",
        () -> new OnlineTrainer.Options(1, 1, 1, Float.NaN, 1));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void steadyStateAllocatesOnlyTheOutcome(Kernel kernel) {
    long before = Scope.heldBytes();
    List<Window> windows = windows(new Random(3), BATCH);
    List<float[]> states = none(BATCH);
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, start, OPTIONS)) {
      // five states of 44 floats, lanes and lists: 2 kB; hashing a token: up to 300 bytes for each
      // of up to 30 events. One gradient of the table alone would be 77 kB
      AllocatedBytes.assertAtMostInSteadyState(12_000, () -> trainer.train(windows, states));
    }
    assertEquals(before, Scope.heldBytes());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void miniBatchAllocatesNothing(Kernel kernel) {
    try (Scope scope = kernel.open();
        var tape = new Tape(kernel)) {
      var network = new Network(scope, start, 9);
      MiniBatch batch = new MiniBatch(tape, network, new int[] {4, 3, 2}, () -> 0);
      for (int lane = 0; lane < 3; lane++) {
        batch.fill(lane, windows(new Random(lane), 1, 4).get(0).events(), null);
      }
      AllocatedBytes.assertNoneInSteadyState(
          () -> {
            batch.forward();
            network.zeroGradients(kernel);
            batch.backward();
            Clipping.clip(kernel, network.parameters(), 1);
          });
    }
  }

  private static void refused(String message, Runnable use) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, use::run).getMessage());
  }

  private static void same(SortedMap<String, float[]> a, SortedMap<String, float[]> b) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, values) -> assertArrayEquals(values, b.get(name), 0f, name));
  }

  private static List<float[]> none(int n) {
    return Collections.nCopies(n, null);
  }

  /** Windows of 1 to WINDOW events of distinct sequences. */
  private static List<Window> windows(Random random, int n) {
    List<Window> windows = new ArrayList<>();
    for (int s = 0; s < n; s++) {
      windows.addAll(windows(random, 1, 1 + random.nextInt(WINDOW)));
    }
    return windows;
  }

  private static List<Window> windows(Random random, int n, int length) {
    List<Window> windows = new ArrayList<>();
    for (int s = 0; s < n; s++) {
      List<Event> events = new ArrayList<>();
      for (int t = 0; t < length; t++) {
        events.add(event(s, random.nextInt(WORDS.size()), random.nextInt(3)));
      }
      windows.add(window(s, events));
    }
    return windows;
  }

  private static Window window(int sequence, List<Event> events) {
    return new Window("s" + sequence, events, false);
  }

  private static Event end(int sequence) {
    return new Event("s" + sequence, null, null, Event.NO_LABEL, 0, true);
  }

  private static Event event(int sequence, int word, int label) {
    return new Event("s" + sequence, WORDS.get(word), null, label, 0, false);
  }
}
