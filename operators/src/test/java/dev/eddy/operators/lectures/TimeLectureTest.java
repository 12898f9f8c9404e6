package dev.eddy.operators.lectures;

import static dev.eddy.operators.graph.Recurrent.Direction.FORWARD;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.CellEquations;
import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.FiniteDifferences;
import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.GradientFlow;
import dev.eddy.operators.training.Learner;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Back-propagation through time, and what becomes of a gradient on its way back. */
class TimeLectureTest {
  private static final int STEPS = 12;
  private static final int HIDDEN = 4;
  private static final int[] LABELS = {0, 1, 1, 0, 2, 1, 0, 2, 2, 1, 0, 1};

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  /** A tagger of one layer, unrolled over the timesteps from one on, with the state before them. */
  private static Node losses(
      Weights weights, Tape tape, Cell cell, int from, int to, CellEquations.State before) {
    Node x = tape.constant(to - from, 3, Arrays.copyOfRange(numbers(), 3 * from, 3 * to));
    Recurrent layer =
        weights.recurrent(tape, "rnn", cell, FORWARD, new Packing(to - from), x, before, HIDDEN);
    Node logits = weights.affine(tape, "output", layer.h(), 3);
    return CrossEntropy.of(tape, logits, Arrays.copyOfRange(LABELS, from, to));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L17 back-propagation through time: all of it equals finite differences, in every cell")
  void fullBackPropagationThroughTime(Kernel kernel) {
    for (Cell cell : Cell.values()) {
      try (Weights weights = new Weights(kernel, 8);
          Tape tape = new Tape(kernel)) {
        Node losses = losses(weights, tape, cell, 0, 5, null);
        if (cell == Cell.RNN_RELU) { // away from its kink, where there is no derivative
          weights.set(Map.of("rnn.bias_ih", new float[] {3, -3, 3, -3}));
        }
        List<Input> inputs = FiniteDifferences.inputs(weights.parameters(), List.of());
        FiniteDifferences.assertGradients(tape, losses, inputs, 5, new Random(8));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L17 back-propagation through time: gradients summed over the steps, or averaged")
  void summedOrAveraged(Kernel kernel) {
    try (Weights weights = new Weights(kernel, 8);
        Tape tape = new Tape(kernel)) {
      Node losses = losses(weights, tape, Cell.GRU, 0, STEPS, null);
      new Learner(weights, Adam.standard()).gradients(tape, losses);
      Map<String, float[]> averaged = gradients(weights);
      new Learner(weights, Adam.standard()).sum().gradients(tape, losses);
      Map<String, float[]> summed = gradients(weights);
      averaged.forEach(
          (name, gradient) -> {
            for (int i = 0; i < gradient.length; i++) {
              assertEquals(STEPS * gradient[i], summed.get(name)[i], 2e-6, name);
            }
          });
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L17 truncated back-propagation: a window of T steps or more gives the full gradient, a shorter"
          + " one leaves out what crosses its borders")
  void truncatedBackPropagationThroughTime(Kernel kernel) {
    for (Cell cell : Cell.values()) {
      Map<String, float[]> full;
      try (Weights weights = new Weights(kernel, 8);
          Tape tape = new Tape(kernel)) {
        Node losses = losses(weights, tape, cell, 0, STEPS, null);
        new Learner(weights, Adam.standard()).sum().gradients(tape, losses);
        full = gradients(weights);
      }
      assertSame(full, truncated(kernel, cell, STEPS), 0f);
      assertSame(full, truncated(kernel, cell, 2 * STEPS), 0f);
      Map<String, float[]> short4 = truncated(kernel, cell, 4);
      assertArrayEquals(full.get("output.weight"), short4.get("output.weight"), 3e-6f);
      double missing = 0;
      for (int i = 0; i < full.get("rnn.weight_hh").length; i++) {
        double crossed = full.get("rnn.weight_hh")[i] - short4.get("rnn.weight_hh")[i];
        missing = Math.max(missing, Math.abs(crossed));
      }
      assertTrue(missing > 1e-3, cell + ": what crosses the windows' borders is left out");
    }
  }

  /** The summed gradient of windows of that many steps, each from the state that the last left. */
  private static Map<String, float[]> truncated(Kernel kernel, Cell cell, int window) {
    Map<String, float[]> total = new TreeMap<>();
    float[] h = new float[HIDDEN];
    float[] c = new float[HIDDEN];
    try (Weights weights = new Weights(kernel, 8)) {
      for (int from = 0; from < STEPS; from += window) {
        try (Tape tape = new Tape(kernel)) {
          int to = Math.min(from + window, STEPS);
          var before =
              new CellEquations.State(
                  tape.constant(1, HIDDEN, h.clone()),
                  cell.hasC() ? tape.constant(1, HIDDEN, c.clone()) : null);
          Node x = tape.constant(to - from, 3, Arrays.copyOfRange(numbers(), 3 * from, 3 * to));
          Packing packing = new Packing(to - from);
          Recurrent layer =
              weights.recurrent(tape, "rnn", cell, FORWARD, packing, x, before, HIDDEN);
          Node logits = weights.affine(tape, "output", layer.h(), 3);
          Node losses = CrossEntropy.of(tape, logits, Arrays.copyOfRange(LABELS, from, to));
          new Learner(weights, Adam.standard()).sum().gradients(tape, losses);
          layer.h().value().getRow(to - from - 1, h, 0);
          if (cell.hasC()) {
            layer.c().getRow(to - from - 1, c, 0);
          }
          gradients(weights)
              .forEach(
                  (name, gradient) -> {
                    float[] sum = total.computeIfAbsent(name, n -> new float[gradient.length]);
                    for (int i = 0; i < sum.length; i++) {
                      sum[i] += gradient[i];
                    }
                  });
        }
      }
    }
    return total;
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L18 gradient clipping by norm: longer gradients keep their direction, not their length")
  void clippingByNorm(Kernel kernel) {
    try (Weights weights = new Weights(kernel, 8);
        Tape tape = new Tape(kernel)) {
      Node losses = losses(weights, tape, Cell.RNN_TANH, 0, STEPS, null);
      new Learner(weights, Adam.standard()).gradients(tape, losses);
      Map<String, float[]> whole = gradients(weights);
      double norm = norm(whole);
      double limit = norm / 4;
      new Learner(weights, Adam.standard()).clipNorm(limit).gradients(tape, losses);
      Map<String, float[]> clipped = gradients(weights);
      assertEquals(limit, norm(clipped), 1e-5 * limit);
      whole.forEach(
          (name, gradient) -> {
            for (int i = 0; i < gradient.length; i++) {
              assertEquals(gradient[i] / 4, clipped.get(name)[i], 1e-6, name);
            }
          });
      new Learner(weights, Adam.standard()).clipNorm(2 * norm).gradients(tape, losses);
      assertSame(whole, gradients(weights), 0f);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L18 vanishing gradient: it decays in an RNN and not in an LSTM whose forget gate is open")
  void vanishingGradient(Kernel kernel) {
    int farthest = 40;
    GradientFlow rnn = flow(kernel, Cell.RNN_TANH, 1, farthest);
    GradientFlow lstm = flow(kernel, Cell.LSTM, 1, farthest);
    assertEquals(farthest + 1, rnn.distances());
    assertEquals(3, rnn.sequences(farthest));
    double vanished = rnn.norm(0, farthest) / rnn.norm(0, 4);
    assertTrue(vanished < 1e-10, "RNN: " + vanished);
    double kept = lstm.norm(0, farthest) / lstm.norm(0, 4);
    assertTrue(kept > 0.5, "LSTM: " + kept);
  }

  /** Hochreiter and Schmidhuber 1997: the constant error carousel. */
  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName(
      "L18 gradient through the LSTM's cell: the forget gate open and the input gate closed, it"
          + " keeps every bit over 1000 steps")
  void constantErrorCarousel(Kernel kernel) {
    int steps = 1000;
    try (Weights weights = new Weights(kernel, 8);
        Tape tape = new Tape(kernel)) {
      Node c0 = tape.node(1, HIDDEN);
      c0.value().set(0.3f, -0.7f, 1.1f, -0.1f);
      Node x = tape.constant(steps, 3, numbers(new Random(2), 3 * steps));
      var before = new CellEquations.State(tape.constant(1, HIDDEN), c0);
      Packing packing = new Packing(steps);
      Recurrent lstm =
          weights.recurrent(tape, "lstm", Cell.LSTM, FORWARD, packing, x, before, HIDDEN);
      float[] gates = new float[4 * HIDDEN];
      Arrays.fill(gates, 0, HIDDEN, -100); // input gate: 0
      Arrays.fill(gates, HIDDEN, 2 * HIDDEN, 100); // forget gate: 1
      weights.set(Map.of("lstm.bias_ih", gates));
      tape.forward();
      tape.zeroGradients();
      float[] error = {1, -0.37f, 0.0123f, 42};
      lstm.cLast().gradient().set(error);
      tape.backward();
      assertArrayEquals(error, c0.gradient().get());
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L18 exploding gradient: it grows in an RNN whose recurrent weights are large")
  void explodingGradient(Kernel kernel) {
    GradientFlow flow = flow(kernel, Cell.RNN_RELU, 8, 40);
    assertTrue(flow.norm(0, 40) > 1e6 * flow.norm(0, 1), "" + flow.norm(0, 40));
  }

  /** The gradient flow of a fresh model with its recurrent weights scaled, forget gates open. */
  private static GradientFlow flow(Kernel kernel, Cell cell, float scale, int farthest) {
    int hidden = 16;
    ModelConfig config =
        new ModelConfig(
            cell.architecture(), 3, hidden, 1, false, "tagging", List.of("a", "b"), null, 0);
    ModelSnapshot model = Initialization.fresh("m", config, 9);
    float[] recurrent = model.tensors().get("rnn.weight_hh_l0");
    for (int i = 0; i < recurrent.length; i++) {
      recurrent[i] *= scale;
    }
    if (cell == Cell.LSTM) {
      Arrays.fill(model.tensors().get("rnn.bias_ih_l0"), hidden, 2 * hidden, 100);
    }
    Random random = new Random(4);
    List<List<Event>> sequences = new ArrayList<>();
    for (int s = 0; s < 3; s++) {
      List<Event> events = new ArrayList<>();
      for (int t = 0; t < 60; t++) {
        float[] x = {random.nextFloat(), -random.nextFloat(), random.nextFloat() - 0.5f};
        events.add(new Event("s" + s, null, x, t == 59 ? s % 2 : Event.NO_LABEL, 0, false));
      }
      sequences.add(events);
    }
    return GradientFlow.of(kernel, model, sequences, farthest);
  }

  private static Map<String, float[]> gradients(Weights weights) {
    Map<String, float[]> gradients = new TreeMap<>();
    for (Parameter parameter : weights.parameters()) {
      gradients.put(parameter.name(), parameter.node().gradient().get());
    }
    return gradients;
  }

  private static double norm(Map<String, float[]> gradients) {
    double squares = 0;
    for (float[] gradient : gradients.values()) {
      for (float value : gradient) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }

  private static void assertSame(
      Map<String, float[]> expected, Map<String, float[]> found, float tolerance) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), tolerance, name));
  }

  private static float[] numbers() {
    return numbers(new Random(21), 3 * STEPS);
  }

  private static float[] numbers(Random random, int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }
}
