package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.GoldenTensors;
import dev.eddy.operators.graph.EmbeddingBag;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Optimizers against PyTorch's, on an embedding table, and across a restore. */
class OptimizerTest {
  private static final int ROWS = 3;
  private static final int COLUMNS = 17;
  private static final int STEPS = 10;

  /** The names of the stored results (src/test/pytorch/generate.py). */
  private static final Map<String, Optimizer.Choice> CHOICES =
      Map.of(
          "sgd", Sgd.plain(),
          "momentum", chosen(Learning.Algorithm.SGD),
          "adam", chosen(Learning.Algorithm.ADAM),
          "adamw", chosen(Learning.Algorithm.ADAMW));

  /** As users choose it: of momentum 0.9 and decay 0.1 each algorithm takes what is its own. */
  private static Optimizer.Choice chosen(Learning.Algorithm algorithm) {
    return new Learning(algorithm, 0.9f, 0.1f, LearningRate.constant(1), 0, 1, 1).optimizer();
  }

  static Stream<Arguments> choicesOnKernels() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .flatMap(kernel -> CHOICES.keySet().stream().map(name -> Arguments.of(name, kernel)));
  }

  @ParameterizedTest
  @MethodSource("choicesOnKernels")
  void tenStepsAreThoseOfPyTorch(String name, Kernel kernel) {
    Map<String, float[]> golden = GoldenTensors.read("optimizers.safetensors");
    try (Scope scope = kernel.open()) {
      Parameter w = Parameter.of(scope, "w", true, ROWS, COLUMNS, golden.get("weight"));
      Optimizer optimizer = CHOICES.get(name).of(kernel, scope, List.of(w), List.of());
      for (int i = 0; i < STEPS; i++) {
        w.node().gradient().set(gradient(golden, i));
        int parts = 1 + i % 3;
        IntStream.range(0, parts).forEach(optimizer.step(0.05, parts));
      }
      // ten steps of a few roundings each, on weights of about 1
      assertArrayEquals(golden.get(name), w.node().value().get(), 2e-6f);
      assertEquals(STEPS, optimizer.steps());
    }
  }

  @ParameterizedTest
  @MethodSource("choicesOnKernels")
  void goesOnToTheBitFromWhatItRemembers(String name, Kernel kernel) {
    Map<String, float[]> golden = GoldenTensors.read("optimizers.safetensors");
    try (Scope scope = kernel.open()) {
      Parameter w = Parameter.of(scope, "w", true, ROWS, COLUMNS, golden.get("weight"));
      Optimizer optimizer = CHOICES.get(name).of(kernel, scope, List.of(w), List.of());
      float[] middle = null;
      Optimizer second = null;
      for (int i = 0; i < STEPS; i++) {
        if (i == STEPS / 2) {
          middle = w.node().value().get();
          second = CHOICES.get(name).of(kernel, scope, List.of(w), List.of());
          second.restore(optimizer.firstMoments(), optimizer.secondMoments(), optimizer.steps());
        }
        w.node().gradient().set(gradient(golden, i));
        optimizer.step(0.05);
      }
      float[] expected = w.node().value().get();
      w.node().value().set(middle);
      for (int i = STEPS / 2; i < STEPS; i++) {
        w.node().gradient().set(gradient(golden, i));
        second.step(0.05);
      }
      assertArrayEquals(expected, w.node().value().get());
    }
  }

  @ParameterizedTest
  @MethodSource("choicesOnKernels")
  void ofATableOnlyTheTouchedRowsMoveAsIfDense(String name, Kernel kernel) {
    Optimizer.Choice choice = name.equals("adamw") ? Adam.standard() : CHOICES.get(name);
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      float[] values = new float[5 * COLUMNS];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) Math.sin(i);
      }
      EmbeddingTable table = new EmbeddingTable(scope, "table", 5, COLUMNS, values, 5);
      Parameter dense = Parameter.of(scope, "w", true, 5, COLUMNS, values);
      // a decay would be of no effect: tables do not decay
      Optimizer.Choice lazyChoice = CHOICES.get(name);
      Optimizer lazy = lazyChoice.of(kernel, scope, List.of(), List.of(table));
      Optimizer whole = choice.of(kernel, scope, List.of(dense), List.of());
      Node y = EmbeddingBag.of(tape, table, new int[] {3, 1, 3}, new int[] {0, 1, 2, 3});
      float[] dy = Arrays.copyOf(values, 3 * COLUMNS);
      for (int step = 1; step < 4; step++) {
        table.zeroGradient(kernel);
        tape.forward();
        y.gradient().set(dy);
        tape.backward();
        kernel.fill(dense.node().gradient(), 0);
        for (int j = 0; j < table.count(); j++) {
          int row = table.touched()[j];
          kernel.copy(table.gradient().rows(j, 1), dense.node().gradient().rows(row, 1));
        }
        // however many share a step, it is the same
        IntStream.range(0, step).forEach(lazy.step(0.01, step));
        IntStream.range(0, 4 - step).forEach(whole.step(0.01, 4 - step));
      }
      assertArrayEquals(dense.node().value().get(), table.value().get());
      assertArrayEquals(
          Arrays.copyOf(values, COLUMNS), Arrays.copyOf(table.value().get(), COLUMNS));
    }
  }

  /** By the equations in double; the steps of Adam count on while a row rests. */
  @ParameterizedTest
  @MethodSource("choicesOnKernels")
  void aRowRemembersTheStepsThatTouchedIt(String name, Kernel kernel) {
    int[][] touched = {{2, 0, 2, 1, 2}, {0, 1, 1, 0, 2}};
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      List<EmbeddingTable> tables =
          Stream.of("a", "b")
              .map(n -> new EmbeddingTable(scope, n, 3, 1, new float[3], 1))
              .toList();
      Optimizer optimizer = CHOICES.get(name).of(kernel, scope, List.of(), tables);
      int[][] indices = new int[2][1];
      Node[] y = new Node[2];
      Arrays.setAll(y, i -> EmbeddingBag.of(tape, tables.get(i), indices[i], new int[] {0, 1}));
      double[][] w = new double[2][3];
      double[][] m = new double[2][3];
      double[][] v = new double[2][3];
      for (int t = 1; t <= 5; t++) {
        double rate = 0.1 / t;
        for (int i = 0; i < 2; i++) {
          indices[i][0] = touched[i][t - 1];
          tables.get(i).zeroGradient(kernel);
        }
        tape.forward();
        for (int i = 0; i < 2; i++) {
          int row = touched[i][t - 1];
          double g = Math.sin(3 * t + i);
          y[i].gradient().set((float) g);
          boolean adam = name.startsWith("adam");
          m[i][row] *= adam || name.equals("momentum") ? 0.9 : 0;
          m[i][row] += adam ? 0.1 * g : g;
          v[i][row] = 0.999 * v[i][row] + 0.001 * g * g;
          double first = m[i][row] / (1 - Math.pow(0.9, t));
          double second = v[i][row] / (1 - Math.pow(0.999, t));
          w[i][row] -= rate * (adam ? first / (Math.sqrt(second) + 1e-8) : m[i][row]);
        }
        tape.backward();
        optimizer.step(rate);
        for (int i = 0; i < 2; i++) {
          float[] moved = tables.get(i).value().get();
          for (int row = 0; row < 3; row++) {
            assertEquals(w[i][row], moved[row], 1e-6);
          }
        }
      }
    }
  }

  /** m̂ / (√v̂ + ε), where m̂ and √v̂ are g at each step of a constant g (Kingma and Ba 2015). */
  @Test
  void ofAGradientAsSmallAsEpsilonAdamTakesHalfAStep() {
    for (Kernel kernel : List.of(Kernels.scalar(), Kernels.best())) {
      try (Scope scope = kernel.open()) {
        Parameter w = Parameter.of(scope, "w", true, 1, 1, new float[1]);
        Optimizer optimizer = Adam.standard().of(kernel, scope, List.of(w), List.of());
        for (int t = 1; t <= 3; t++) {
          w.node().gradient().set(1e-8f);
          optimizer.step(0.1);
          assertEquals(-0.05 * t, w.node().value().get()[0], 1e-6);
        }
      }
    }
  }

  @Test
  void oneDoesNotGoOnFromWhatAnotherRemembers() {
    Kernel kernel = Kernels.scalar();
    try (Scope scope = kernel.open()) {
      List<Parameter> w = List.of(Parameter.of(scope, "w", true, 1, 1, new float[1]));
      Optimizer adam = Adam.standard().of(kernel, scope, w, List.of());
      Optimizer sgd = Sgd.plain().of(kernel, scope, w, List.of());
      refused(
          "sgd: there are second moments of [w]; must be of none",
          () -> sgd.restore(adam.firstMoments(), adam.secondMoments(), 1));
      refused(
          "optimizer: there are moments of []; must be of [w]",
          () -> adam.restore(sgd.firstMoments(), sgd.secondMoments(), 1));
    }
  }

  @Test
  void refusesWhatCannotBe() {
    refused("sgd: momentum is 1.0; must be in [0, 1)", () -> Sgd.momentum(1));
    refused("sgd: momentum is -0.1; must be in [0, 1)", () -> Sgd.momentum(-0.1));
    refused("sgd: momentum is NaN; must be in [0, 1)", () -> Sgd.momentum(Double.NaN));
    refused("adam: decay is -0.1; must be at least 0", () -> Adam.decoupled(-0.1));
    refused("adam: decay is NaN; must be at least 0", () -> Adam.decoupled(Double.NaN));
    refused("learning rate is 0.0; must be positive", () -> LearningRate.constant(0));
    for (double rate : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      refused("learning rate is " + rate + "; must be positive", () -> LearningRate.constant(rate));
    }
    refused(
        "learning rate: warm-up of -1 steps, the last is 0;"
            + " the warm-up must not be negative, and end before the last step",
        () -> new LearningRate(1, -1, 0, LearningRate.Decay.NONE));
    refused(
        "learning rate: warm-up of 5 steps, the last is 5;"
            + " the warm-up must not be negative, and end before the last step",
        () -> new LearningRate(1, 5, 5, LearningRate.Decay.COSINE));
  }

  @Test
  void theLearningRateRisesThenStaysOrFalls() {
    double[] rising = {0.025, 0.05, 0.075, 0.1};
    for (LearningRate.Decay decay : LearningRate.Decay.values()) {
      LearningRate rate = new LearningRate(0.1, 4, 12, decay);
      for (int step = 1; step <= 4; step++) {
        assertEquals(rising[step - 1], rate.at(step), 1e-12);
      }
    }
    LearningRate linear = new LearningRate(0.1, 4, 12, LearningRate.Decay.LINEAR);
    assertEquals(0.075, linear.at(6), 1e-12);
    assertEquals(0, linear.at(12), 1e-12);
    assertEquals(0, linear.at(100), 1e-12);
    LearningRate cosine = new LearningRate(0.1, 4, 12, LearningRate.Decay.COSINE);
    assertEquals(0.1 * (1 + Math.sqrt(0.5)) / 2, cosine.at(6), 1e-12);
    assertEquals(0.05, cosine.at(8), 1e-12);
    assertEquals(0, cosine.at(12), 1e-12);
    assertEquals(0.1, new LearningRate(0.1, 4, 0, LearningRate.Decay.NONE).at(1000), 1e-12);
    assertEquals(0.1, LearningRate.constant(0.1).at(1), 1e-12);
  }

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }

  private static float[] gradient(Map<String, float[]> golden, int step) {
    int n = ROWS * COLUMNS;
    return Arrays.copyOfRange(golden.get("gradients"), step * n, (step + 1) * n);
  }
}
