package dev.eddy.operators.lectures;

import static dev.eddy.operators.graph.Recurrent.Direction.FORWARD;
import static dev.eddy.operators.graph.Recurrent.Direction.REVERSE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.CellEquations;
import dev.eddy.operators.cell.Initial;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Multiply;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Networks with a memory: what they read now and what they remember make the next state. */
class RecurrentLectureTest {
  private static final int HIDDEN = 5;

  private final Random random = new Random(12);

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L12 scalar RNN: two steps of s = tanh(θ₁x + θ₂s), y* = θ₃s, and the closed ∂Loss/∂θ₁")
  void scalarRnn(Kernel kernel) {
    double x1 = 0.5;
    double x2 = -0.25;
    double y1 = 1;
    double y2 = -0.5;
    double theta1 = 0.75;
    double theta2 = 0.5;
    double theta3 = 1.5;
    try (Weights weights = new Weights(kernel, 1);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(2, 1, (float) x1, (float) x2);
      Node y = tape.constant(2, 1, (float) y1, (float) y2);
      Node s = weights.recurrent(tape, "s", Cell.RNN_TANH, FORWARD, new Packing(2), x, null, 1).h();
      Node theta = tape.constant(2, 1, (float) theta3, (float) theta3);
      Node losses = SquaredError.of(tape, Multiply.of(tape, theta, s), y);
      weights.set(
          Map.of(
              "s.weight_ih", new float[] {(float) theta1},
              "s.weight_hh", new float[] {(float) theta2},
              "s.bias_ih", new float[1],
              "s.bias_hh", new float[1]));
      new Learner(weights, Adam.standard()).sum().gradients(tape, losses);

      double s1 = Math.tanh(theta1 * x1);
      double s2 = Math.tanh(theta1 * x2 + theta2 * s1);
      double expected =
          2 * (theta3 * s1 - y1) * theta3 * (1 - s1 * s1) * x1
              + 2
                  * (theta3 * s2 - y2)
                  * theta3
                  * (1 - s2 * s2)
                  * (x2 + theta2 * (1 - s1 * s1) * x1);
      double found = 2 * weights.get("s.weight_ih", 1, 1, Initial.ZEROS).gradient().get()[0];
      assertEquals(expected, found, 1e-6 * Math.abs(expected), "the loss has no ½ here");
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L12 vanilla RNN: h = tanh(Ux + Wh + b), Elman's σ or ReLU for tanh, and y = softmax(Vh)")
  void vanillaRnn(Kernel kernel) {
    Map<Cell, DoubleUnaryOperator> cells =
        Map.of(
            Cell.RNN_TANH,
            Math::tanh,
            Cell.RNN_SIGMOID,
            RecurrentLectureTest::sigmoid,
            Cell.RNN_RELU,
            a -> Math.max(0, a));
    cells.forEach((cell, f) -> vanillaRnn(kernel, cell, f));
  }

  private void vanillaRnn(Kernel kernel, Cell cell, DoubleUnaryOperator f) {
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(4, 3, numbers(12));
      Node h = weights.recurrent(tape, "rnn", cell, FORWARD, new Packing(4), x, null, HIDDEN).h();
      Node y = Softmax.of(tape, weights.affine(tape, "V", h, 2));
      tape.forward();

      float[] v = weights.copy().get("V.weight");
      float[] bias = weights.copy().get("V.bias");
      double[] state = new double[HIDDEN];
      for (int t = 0; t < 4; t++) {
        double[] a = sums(weights, x.value().get(), t, state);
        Arrays.setAll(state, j -> f.applyAsDouble(a[j]));
        assertRow(state, h, t);
        double[] exp = new double[2];
        for (int k = 0; k < 2; k++) {
          double z = bias[k];
          for (int j = 0; j < HIDDEN; j++) {
            z += v[HIDDEN * k + j] * state[j];
          }
          exp[k] = Math.exp(z);
        }
        double sum = exp[0] + exp[1];
        assertRow(new double[] {exp[0] / sum, exp[1] / sum}, y, t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L13 LSTM: equal to PyTorch on the stored case, every gradient too")
  void lstm(Kernel kernel) {
    assertAsPyTorch(kernel, Cell.LSTM, 1);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L13 LSTM: i, f, o = σ(Ux + Wh + b), c̃ = tanh(…), c = f∘c + i∘c̃, h = o∘tanh(c)")
  void lstmAsTheLecturesHaveIt(Kernel kernel) {
    try (Weights weights = new Weights(kernel, 4);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(4, 3, numbers(12));
      Node h =
          weights.recurrent(tape, "rnn", Cell.LSTM, FORWARD, new Packing(4), x, null, HIDDEN).h();
      tape.forward();

      double[] state = new double[HIDDEN];
      double[] c = new double[HIDDEN];
      for (int t = 0; t < 4; t++) {
        double[] a = sums(weights, x.value().get(), t, state);
        for (int j = 0; j < HIDDEN; j++) {
          double i = sigmoid(a[j]);
          double f = sigmoid(a[HIDDEN + j]);
          double o = sigmoid(a[3 * HIDDEN + j]);
          c[j] = f * c[j] + i * Math.tanh(a[2 * HIDDEN + j]);
          state[j] = o * Math.tanh(c[j]);
        }
        assertRow(state, h, t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L13 LSTM: an open forget gate and a closed input gate keep the cell bit for bit")
  void openForgetGate(Kernel kernel) {
    int steps = 1000;
    float[] gates = new float[4 * HIDDEN];
    Arrays.fill(gates, 0, HIDDEN, -100); // input gate: 0
    Arrays.fill(gates, HIDDEN, 2 * HIDDEN, 100); // forget gate: 1
    try (Weights weights = new Weights(kernel, 3);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(steps, 3, numbers(3 * steps));
      Node c0 = tape.constant(1, HIDDEN, numbers(HIDDEN));
      var before = new CellEquations.State(tape.constant(1, HIDDEN), c0);
      Packing packing = new Packing(steps);
      Recurrent lstm =
          weights.recurrent(tape, "lstm", Cell.LSTM, FORWARD, packing, x, before, HIDDEN);
      weights.set(Map.of("lstm.bias_ih", gates));
      tape.forward();
      for (int t = 0; t < steps; t++) {
        assertArrayEquals(c0.value().get(), lstm.c().rows(t, 1).get(), 0f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L14 GRU with the reset after the product: equal to PyTorch on the stored case")
  void gruAsPyTorchHasIt(Kernel kernel) {
    assertAsPyTorch(kernel, Cell.GRU, 1);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L14 GRU with the reset before it: h̃ = tanh(Ux + W(r∘h) + b), h = (1-z)∘h + z∘h̃")
  void gruAsTheLecturesHaveIt(Kernel kernel) {
    try (Weights weights = new Weights(kernel, 4);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(4, 3, numbers(12));
      Cell cell = Cell.GRU_RESET_BEFORE;
      Node h = weights.recurrent(tape, "rnn", cell, FORWARD, new Packing(4), x, null, HIDDEN).h();
      tape.forward();

      double[] state = new double[HIDDEN];
      for (int t = 0; t < 4; t++) {
        double[] a = sums(weights, x.value().get(), t, state);
        double[] reset = new double[HIDDEN];
        Arrays.setAll(reset, j -> sigmoid(a[j]) * state[j]);
        double[] candidates = sums(weights, x.value().get(), t, reset);
        double[] before = state.clone();
        for (int j = 0; j < HIDDEN; j++) {
          double z = 1 - sigmoid(a[HIDDEN + j]); // the stored z keeps the old state, as PyTorch's
          double candidate = Math.tanh(candidates[2 * HIDDEN + j]);
          state[j] = (1 - z) * before[j] + z * candidate;
        }
        assertRow(state, h, t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L15 minimal gated unit: s = g∘tanh(θ₁x + θ₂s) + (1-g)∘s with g = σ(θ₅x + θ₆s)")
  void minimalGatedUnit(Kernel kernel) {
    try (Weights weights = new Weights(kernel, 5);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(4, 3, numbers(12));
      Node s =
          weights.recurrent(tape, "rnn", Cell.MGU, FORWARD, new Packing(4), x, null, HIDDEN).h();
      tape.forward();

      double[] state = new double[HIDDEN];
      for (int t = 0; t < 4; t++) {
        double[] a = sums(weights, x.value().get(), t, state);
        for (int j = 0; j < HIDDEN; j++) {
          double g = sigmoid(a[j]);
          state[j] = g * Math.tanh(a[HIDDEN + j]) + (1 - g) * state[j];
        }
        assertRow(state, s, t);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L15 minimal gated unit: with g fixed to 1 it is the simple RNN bit for bit")
  void minimalGatedUnitWithOpenGate(Kernel kernel) {
    try (Weights weights = new Weights(kernel, 6);
        Tape tape = new Tape(kernel)) {
      Node x = tape.constant(20, 3, numbers(60));
      Packing packing = new Packing(20);
      Node h = weights.recurrent(tape, "rnn", Cell.RNN_TANH, FORWARD, packing, x, null, 5).h();
      Node s = weights.recurrent(tape, "mgu", Cell.MGU, FORWARD, packing, x, null, 5).h();
      Map<String, float[]> rnn = weights.copy();
      weights.set(
          Map.of(
              "mgu.weight_ih", below(new float[15], rnn.get("rnn.weight_ih")),
              "mgu.weight_hh", below(new float[25], rnn.get("rnn.weight_hh")),
              "mgu.bias_ih", below(new float[] {100, 100, 100, 100, 100}, rnn.get("rnn.bias_ih")),
              "mgu.bias_hh", below(new float[5], rnn.get("rnn.bias_hh"))));
      tape.forward();
      assertArrayEquals(h.value().get(), s.value().get(), 0f);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L16 deep and bidirectional RNNs of every cell: equal to PyTorch's on stored cases")
  void deepAndBidirectional(Kernel kernel) {
    for (Cell cell : Cell.values()) {
      for (int layers = 1; layers <= 2; layers++) {
        try (StoredCells stored = new StoredCells(kernel, cell, layers, 2)) {
          Node h = both(stored.weights, stored.tape, cell, layers, stored.packing, stored.x, 4);
          stored.assertEqual(stored.weights.affine(stored.tape, "output", h, 3));
        }
      }
      assertAsPyTorch(kernel, cell, 2);
    }
  }

  /** The outputs and every gradient of layers in one direction. */
  private static void assertAsPyTorch(Kernel kernel, Cell cell, int layers) {
    try (StoredCells stored = new StoredCells(kernel, cell, layers, 1)) {
      Node h = deep(stored.weights, stored.tape, cell, layers, stored.packing, stored.x, 4);
      stored.assertEqual(stored.weights.affine(stored.tape, "output", h, 3));
    }
  }

  /** Layers on top of each other. */
  private static Node deep(
      Weights weights, Tape tape, Cell cell, int layers, Packing packing, Node x, int hidden) {
    Node h = x;
    for (int i = 0; i < layers; i++) {
      h = weights.recurrent(tape, "layer" + i, cell, FORWARD, packing, h, null, hidden).h();
    }
    return h;
  }

  /** Each layer reads the one below from its beginning, and from its end back. */
  private static Node both(
      Weights weights, Tape tape, Cell cell, int layers, Packing packing, Node x, int hidden) {
    Node h = x;
    for (int i = 0; i < layers; i++) {
      Node forth =
          weights.recurrent(tape, "forth" + i, cell, FORWARD, packing, h, null, hidden).h();
      Node back = weights.recurrent(tape, "back" + i, cell, REVERSE, packing, h, null, hidden).h();
      h = Concatenate.columns(tape, forth, back);
    }
    return h;
  }

  /** W_ih x_t + b_ih + W_hh h + b_hh of every block. */
  private static double[] sums(Weights weights, float[] x, int t, double[] h) {
    Map<String, float[]> w = weights.copy();
    double[] sums = new double[w.get("rnn.bias_ih").length];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = (double) w.get("rnn.bias_ih")[i] + w.get("rnn.bias_hh")[i];
      for (int k = 0; k < 3; k++) {
        sums[i] += (double) w.get("rnn.weight_ih")[3 * i + k] * x[3 * t + k];
      }
      for (int k = 0; k < HIDDEN; k++) {
        sums[i] += w.get("rnn.weight_hh")[HIDDEN * i + k] * h[k];
      }
    }
    return sums;
  }

  private static void assertRow(double[] expected, Node found, int row) {
    float[] values = found.value().rows(row, 1).get();
    for (int j = 0; j < expected.length; j++) {
      assertEquals(expected[j], values[j], 1e-6);
    }
  }

  private static float[] below(float[] above, float[] under) {
    float[] both = Arrays.copyOf(above, above.length + under.length);
    System.arraycopy(under, 0, both, above.length, under.length);
    return both;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private float[] numbers(int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }
}
