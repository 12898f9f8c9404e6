package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * The gradients of what a tape has recorded against finite differences, one input at a time: L = Σ
 * w y for random w, and its derivative along random directions v of signs in that input, by the
 * five-point stencil, against Σ v dL/dx.
 *
 * <p>Float32 decides the numbers. Each y is off by some 1e-7 of itself, and L sums them in double,
 * so the stencil is off by about 1e-7 |w y| / EPSILON, 2e-5 |w y|; {@link #ROUNDING} leaves room
 * for sums over some terms. The stencil's own error is of order EPSILON^4, and {@link #RELATIVE} is
 * for that. No input hides behind a greater one: its gradient must be so great that an error of
 * {@link #SEEN} of it is beyond both.
 */
public final class FiniteDifferences {
  private static final double EPSILON = 0x1p-8;
  private static final double ROUNDING = 1e-4;
  private static final double RELATIVE = 2e-4;
  private static final double SEEN = 0.05;

  /** What y can be differentiated by, and the gradient that a backward run has given it. */
  public record Input(String name, Tensor value, Supplier<float[]> gradient) {
    public Input(String name, Node node) {
      this(name, node.value(), node.gradient()::get);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private FiniteDifferences() {}

  /**
   * Checks the gradient of every input; of those that are not the tape's it is 0 before.
   *
   * @param directions of each input
   */
  public static void assertGradients(
      Tape tape, Node y, List<Input> inputs, int directions, Random random) {
    float[] w = GradientCases.values(random, y.rows() * y.columns());
    tape.forward();
    double rounding = ROUNDING * norm(products(w, y.value().get()));
    tape.zeroGradients();
    y.gradient().set(w);
    tape.backward();
    for (Input input : inputs) {
      float[] gradient = input.gradient().get();
      float[] one = new float[gradient.length];
      Arrays.fill(one, 1);
      double size = norm(products(one, gradient));
      double tolerance = rounding + RELATIVE * size;
      assertTrue(
          tolerance < SEEN * size, input + ": " + size + " is too small beside " + tolerance);
      for (int d = 0; d < directions; d++) {
        float[] v = GradientCases.signs(random, gradient.length);
        double expected = derivative(tape, y, w, input.value(), v);
        assertEquals(expected, sum(products(v, gradient)), tolerance, input.toString());
      }
    }
  }

  /** dL/dε of an input + ε v at 0, by the five-point stencil. */
  private static double derivative(Tape tape, Node y, float[] w, Tensor input, float[] v) {
    float[] values = input.get();
    double[] losses = new double[5];
    for (int k = -2; k <= 2; k++) {
      float[] moved = values.clone();
      for (int j = 0; j < moved.length; j++) {
        moved[j] += (float) (k * EPSILON) * v[j];
      }
      input.set(moved);
      tape.forward();
      losses[k + 2] = sum(products(w, y.value().get()));
    }
    input.set(values);
    return (losses[0] - 8 * losses[1] + 8 * losses[3] - losses[4]) / (12 * EPSILON);
  }

  private static double[] products(float[] a, float[] b) {
    double[] products = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      products[i] = (double) a[i] * b[i];
    }
    return products;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private static double norm(double[] values) {
    double squares = 0;
    for (double value : values) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }
}
