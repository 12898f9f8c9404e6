package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Layer-normalised cells (Ba, Kiros and Hinton 2016) against their equations in plain loops over
 * doubles.
 */
class NormalisedCellTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 5;
  private static final int STEPS = 6;
  private static final double EPSILON = 1e-5;

  static Stream<Arguments> cellsOnKernels() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .flatMap(
            kernel ->
                Stream.of(Cell.values()).map(cell -> Arguments.of(cell, kernel.name(), kernel)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cellsOnKernels")
  void valuesAreThoseOfPlainLoops(Cell cell, String name, Kernel kernel) {
    Random random = new Random(11);
    int blocks = cell.blocks() * HIDDEN;
    try (Tape tape = new Tape(kernel)) {
      Node weightIh = node(tape, random, blocks, INPUTS);
      Node weightHh = node(tape, random, blocks, HIDDEN);
      Node biasIh = node(tape, random, 1, blocks);
      Node biasHh = node(tape, random, 1, blocks);
      Node gainIh = node(tape, random, 1, blocks);
      Node gainHh = node(tape, random, 1, blocks);
      var weights = new Recurrent.Weights(weightIh, weightHh, biasIh, biasHh);
      var gains = new CellEquations.Gains(gainIh, gainHh);
      Plain plain =
          new Plain(
              doubles(weightIh),
              doubles(weightHh),
              doubles(biasIh),
              doubles(biasHh),
              doubles(gainIh),
              doubles(gainHh));
      Node h0 = node(tape, random, 1, HIDDEN);
      Node c0 = cell.hasC() ? node(tape, random, 1, HIDDEN) : null;
      CellEquations.State state = new CellEquations.State(h0, c0);
      double[] h = doubles(h0);
      double[] c = c0 == null ? null : doubles(c0);
      for (int t = 0; t < STEPS; t++) {
        Node x = node(tape, random, 1, INPUTS);
        state = CellEquations.step(tape, cell, x, state, weights, gains);
        tape.forward();
        double[] before = h;
        h = plain.step(cell, doubles(x), before, c);
        // some tens of roundings of numbers up to about 3 apart
        for (int j = 0; j < HIDDEN; j++) {
          assertEquals(h[j], state.h().value().get()[j], 5e-6, "h of step " + t);
          if (cell.hasC()) {
            assertEquals(c[j], state.c().value().get()[j], 5e-6, "c of step " + t);
          }
        }
      }
    }
  }

  /** The weights, all row-major, and one step of every cell. */
  private record Plain(
      double[] weightIh,
      double[] weightHh,
      double[] biasIh,
      double[] biasHh,
      double[] gainIh,
      double[] gainHh) {

    /** The next h; c is set to the next c. */
    double[] step(Cell cell, double[] x, double[] h, double[] c) {
      double[] next = new double[HIDDEN];
      double[] a = normalised(weightIh, x, gainIh, biasIh, 0, biasIh.length);
      int direct = cell == Cell.GRU_RESET_BEFORE ? 2 * HIDDEN : biasHh.length;
      double[] b = normalised(weightHh, h, gainHh, biasHh, 0, direct);
      double[] reset = new double[HIDDEN];
      double[] product = new double[0];
      if (cell == Cell.GRU_RESET_BEFORE) {
        Arrays.setAll(reset, j -> sigmoid(a[j] + b[j]) * h[j]);
        product = normalised(weightHh, reset, gainHh, biasHh, direct, HIDDEN);
      }
      for (int j = 0; j < HIDDEN; j++) {
        int k = j + HIDDEN;
        int l = k + HIDDEN;
        switch (cell) {
          case RNN_TANH -> next[j] = Math.tanh(a[j] + b[j]);
          case RNN_RELU -> next[j] = Math.max(0, a[j] + b[j]);
          case RNN_SIGMOID -> next[j] = sigmoid(a[j] + b[j]);
          case LSTM -> {
            int m = l + HIDDEN;
            c[j] = sigmoid(a[k] + b[k]) * c[j] + sigmoid(a[j] + b[j]) * Math.tanh(a[l] + b[l]);
            next[j] = sigmoid(a[m] + b[m]) * Math.tanh(c[j]);
          }
          case GRU -> {
            double z = sigmoid(a[k] + b[k]);
            next[j] = (1 - z) * Math.tanh(a[l] + sigmoid(a[j] + b[j]) * b[l]) + z * h[j];
          }
          case GRU_RESET_BEFORE -> {
            double z = sigmoid(a[k] + b[k]);
            next[j] = (1 - z) * Math.tanh(a[l] + product[j]) + z * h[j];
          }
          case MGU -> {
            double g = sigmoid(a[j] + b[j]);
            next[j] = g * Math.tanh(a[k] + b[k]) + (1 - g) * h[j];
          }
        }
      }
      return next;
    }

    /** Of some rows of W: (W v - mean) / sqrt(variance + epsilon) * gain + bias. */
    private static double[] normalised(
        double[] w, double[] v, double[] gain, double[] bias, int from, int rows) {
      double[] y = new double[rows];
      for (int r = 0; r < rows; r++) {
        for (int j = 0; j < v.length; j++) {
          y[r] += w[(from + r) * v.length + j] * v[j];
        }
      }
      double mean = Arrays.stream(y).sum() / rows;
      double variance = Arrays.stream(y).map(value -> (value - mean) * (value - mean)).sum() / rows;
      for (int r = 0; r < rows; r++) {
        y[r] = (y[r] - mean) / Math.sqrt(variance + EPSILON) * gain[from + r] + bias[from + r];
      }
      return y;
    }

    private static double sigmoid(double x) {
      return 1 / (1 + Math.exp(-x));
    }
  }

  private static Node node(Tape tape, Random random, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return tape.constant(rows, columns, values);
  }

  private static double[] doubles(Node node) {
    float[] values = node.value().get();
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }
}
