package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

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
  private static final double GREATEST = 0x1p-4;
  private static final int STEPS = 6;
  private static final double ROUNDING = 1e-4;
  private static final double RELATIVE = 2e-4;
  private static final double SEEN = 0.05;

  /** What y can be differentiated by, and the gradient that a backward run has given it. */
  public record Input(String name, Tensor value, Supplier<float[]> gradient) {
    public Input(String name, Node node) {
      this(name, node.value(), node.gradient()::get);
    }

    /** All of a table: rows that were not touched have a gradient of 0. */
    public Input(EmbeddingTable table) {
      this(table.name(), table.value(), () -> dense(table));
    }

    private static float[] dense(EmbeddingTable table) {
      int width = table.value().columns();
      float[] gradient = new float[table.value().rows() * width];
      for (int i = 0; i < table.count(); i++) {
        table.gradient().getRow(i, gradient, table.touched()[i] * width);
      }
      return gradient;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private FiniteDifferences() {}

  /** Everything that a network has to learn. */
  public static List<Input> inputs(List<Parameter> parameters, List<EmbeddingTable> tables) {
    return Stream.concat(
            parameters.stream().map(p -> new Input(p.name(), p.node())),
            tables.stream().map(Input::new))
        .toList();
  }

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

  /**
   * dL/dε of an input + ε v at 0: of central differences with steps that halve, extrapolated to no
   * step (Ridders 1982), that which agrees best with the two it comes from. So the step is as small
   * as this input wants it, and no smaller.
   */
  private static double derivative(Tape tape, Node y, float[] w, Tensor input, float[] v) {
    float[] values = input.get();
    double[] last = new double[STEPS];
    double best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < STEPS; i++) {
      float step = (float) Math.scalb(GREATEST, -i);
      double[] now = new double[i + 1];
      now[0] =
          (loss(tape, y, w, input, values, v, step) - loss(tape, y, w, input, values, v, -step))
              / (2 * step);
      for (int order = 1; order <= i; order++) {
        double factor = Math.scalb(1.0, 2 * order);
        now[order] = (factor * now[order - 1] - last[order - 1]) / (factor - 1);
        double apart =
            Math.max(Math.abs(now[order] - now[order - 1]), Math.abs(now[order] - last[order - 1]));
        if (apart < least) {
          least = apart;
          best = now[order];
        }
      }
      last = now;
    }
    input.set(values);
    return best;
  }

  private static double loss(
      Tape tape, Node y, float[] w, Tensor input, float[] values, float[] v, float step) {
    float[] moved = values.clone();
    for (int j = 0; j < moved.length; j++) {
      moved[j] += step * v[j];
    }
    input.set(moved);
    tape.forward();
    return sum(products(w, y.value().get()));
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
