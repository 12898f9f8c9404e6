package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.graph.GradientCases.Case;
import dev.eddy.operators.graph.GradientCases.Recorded;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation there is, checked against finite differences: L = Σ w y for random w, and its
 * derivative along a random direction v of signs, by the five-point stencil, against Σ v dL/dx.
 *
 * <p>Float32 decides the numbers. Each y is off by some 1e-7 of itself, and L sums them in double,
 * so the stencil is off by about 1e-7 |w y| / EPSILON, 1e-5 |w y|; its own error is of order
 * EPSILON^4, nothing. The tolerance of 2e-4 of |w y| + |dL/dx| leaves room for sums over some tens
 * of terms, and a derivative that is wrong by a thousandth still fails.
 */
class GradientCheckTest {
  private static final double EPSILON = 0x1p-7;
  private static final double TOLERANCE = 2e-4;
  private static final int DIRECTIONS = 5;

  @Test
  void everyOperationHasACase() {
    Set<Class<?>> checked =
        GradientCases.all().stream().map(Case::operation).collect(Collectors.toSet());
    assertEquals(Set.of(Operation.class.getPermittedSubclasses()), checked);
  }

  static Stream<Arguments> casesOnKernels() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .flatMap(
            kernel ->
                GradientCases.all().stream().map(c -> Arguments.of(c, kernel.name(), kernel)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("casesOnKernels")
  void derivativeIsThatOfFiniteDifferences(Case c, String name, Kernel kernel) {
    Random random = new Random(c.toString().hashCode());
    try (Tape tape = new Tape(kernel)) {
      Recorded recorded = c.recorder().apply(tape, random);
      assertTrue(tape.operations().stream().anyMatch(c.operation()::isInstance), "records " + c);
      Node y = recorded.y();
      float[] w = GradientCases.values(random, y.rows() * y.columns());

      tape.forward();
      double scale = norm(products(w, y.value().get()));
      tape.zeroGradients();
      y.gradient().set(w);
      tape.backward();
      List<float[]> once = gradients(recorded);
      y.gradient().set(w);
      tape.backward();
      List<float[]> twice = gradients(recorded);

      scale += Math.sqrt(once.stream().mapToDouble(g -> norm(g) * norm(g)).sum());
      for (int d = 0; d < DIRECTIONS; d++) {
        List<float[]> v = new ArrayList<>();
        double expected = 0;
        double again = 0;
        for (int i = 0; i < recorded.inputs().size(); i++) {
          v.add(GradientCases.signs(random, once.get(i).length));
          expected += sum(products(v.get(i), once.get(i)));
          again += sum(products(v.get(i), twice.get(i)));
        }
        assertEquals(derivative(tape, recorded, w, v), expected, TOLERANCE * scale, "along v");
        if (tape.operations().size() == 1) {
          assertEquals(2 * expected, again, TOLERANCE * scale, "gradients add");
        }
      }
    }
  }

  /** dL/dε of inputs + ε v at 0, by the five-point stencil. */
  private static double derivative(Tape tape, Recorded recorded, float[] w, List<float[]> v) {
    List<float[]> values = recorded.inputs().stream().map(input -> input.value().get()).toList();
    double[] losses = new double[5];
    for (int k = -2; k <= 2; k++) {
      for (int i = 0; i < values.size(); i++) {
        float[] moved = values.get(i).clone();
        for (int j = 0; j < moved.length; j++) {
          moved[j] += (float) (k * EPSILON) * v.get(i)[j];
        }
        recorded.inputs().get(i).value().set(moved);
      }
      tape.forward();
      losses[k + 2] = sum(products(w, recorded.y().value().get()));
    }
    for (int i = 0; i < values.size(); i++) {
      recorded.inputs().get(i).value().set(values.get(i));
    }
    return (losses[0] - 8 * losses[1] + 8 * losses[3] - losses[4]) / (12 * EPSILON);
  }

  private static List<float[]> gradients(Recorded recorded) {
    return recorded.inputs().stream().map(input -> input.gradient().get()).toList();
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

  private static double norm(float[] values) {
    return norm(products(values, ones(values.length)));
  }

  private static float[] ones(int n) {
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    return ones;
  }
}
