package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Functions against those of {@link Math} in double precision. */
class FunctionTest {
  /** Far beyond where the functions are flat, and every 2^-7 near 0. */
  private static final float[] POINTS = points();

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void sigmoidIsWithin2em7(Kernel kernel) {
    float[] y = map(kernel, Function.SIGMOID, POINTS);
    assertWithin(2e-7, y, x -> 1 / (1 + Math.exp(-x)));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void tanhIsWithin2em7AlsoRelatively(Kernel kernel) {
    float[] y = map(kernel, Function.TANH, POINTS);
    assertWithin(2e-7, y, Math::tanh);
    for (int i = 0; i < y.length; i++) {
      double exact = Math.tanh(POINTS[i]);
      assertTrue(Math.abs(y[i] - exact) <= 4e-7 * Math.abs(exact), "tanh at " + POINTS[i]);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void expIsRelativelyWithin4em7(Kernel kernel) {
    float[] y = map(kernel, Function.EXP, POINTS);
    for (int i = 0; i < y.length; i++) {
      double exact = Math.exp(POINTS[i]);
      if (exact > Float.MAX_VALUE) {
        assertEquals(Float.POSITIVE_INFINITY, y[i], "exp at " + POINTS[i]);
      } else {
        double tolerance = Math.max(4e-7 * exact, 4e-38);
        assertTrue(Math.abs(y[i] - exact) <= tolerance, "exp at " + POINTS[i] + " is " + y[i]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void infinitiesSaturateAndNotANumberStays(Kernel kernel) {
    float[] x = {Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.NaN};
    assertEquals(0, map(kernel, Function.SIGMOID, x)[0], 1e-37);
    assertEquals(1, map(kernel, Function.SIGMOID, x)[1]);
    assertEquals(-1, map(kernel, Function.TANH, x)[0]);
    assertEquals(1, map(kernel, Function.TANH, x)[1]);
    assertEquals(0, map(kernel, Function.EXP, x)[0]);
    assertEquals(Float.POSITIVE_INFINITY, map(kernel, Function.EXP, x)[1]);
    for (Function f : new Function[] {Function.SIGMOID, Function.TANH, Function.EXP}) {
      assertEquals(Float.NaN, map(kernel, f, x)[2], f + "");
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void softplusAndLogAreRoundedOnceAndSaturate(Kernel kernel) {
    float[] y = map(kernel, Function.SOFTPLUS, POINTS);
    for (int i = 0; i < y.length; i++) {
      double x = POINTS[i];
      double exact = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      assertEquals(exact, y[i], 0.5001 * Math.ulp((float) exact), "softplus at " + x);
    }
    float[] edges = {0, Float.MIN_VALUE, 1, Float.POSITIVE_INFINITY, -1};
    float[] logs = {Float.NEGATIVE_INFINITY, -103.27893f, 0, Float.POSITIVE_INFINITY, Float.NaN};
    assertArrayEquals(logs, map(kernel, Function.LOG, edges));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void thresholdIsOneAboveZeroOnlyAndHasNoDerivative(Kernel kernel) {
    float[] x = {-1, -0f, 0, Float.MIN_VALUE, 2};
    assertArrayEquals(new float[] {0, 0, 0, 1, 1}, map(kernel, Function.THRESHOLD, x));
    try (Scope scope = kernel.open()) {
      Tensor t = scope.allocate(1, 1);
      UnsupportedOperationException refused =
          assertThrows(
              UnsupportedOperationException.class,
              () -> kernel.mapGradient(Function.THRESHOLD, t, t, t, t));
      assertEquals(
          "THRESHOLD: its derivative is 0 wherever it has one;"
              + " train with SIGMOID, TANH or RELU instead",
          refused.getMessage());
    }
  }

  private static float[] map(Kernel kernel, Function f, float[] points) {
    try (Scope scope = kernel.open()) {
      Tensor x = scope.allocate(1, points.length);
      x.set(points);
      kernel.map(f, x, x);
      return x.get();
    }
  }

  private static void assertWithin(double tolerance, float[] y, DoubleUnaryOperator exact) {
    for (int i = 0; i < y.length; i++) {
      assertEquals(exact.applyAsDouble(POINTS[i]), y[i], tolerance, "at " + POINTS[i]);
    }
  }

  private static float[] points() {
    float[] points = new float[65_537];
    for (int i = 0; i < points.length; i++) {
      double t = (i - 32_768) / 128.0;
      points[i] = (float) (i % 8 == 0 ? t * 40 : t / 2);
    }
    return points;
  }
}
