package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The optimizer and the embedding bag against their formulas. */
class LearningTest {
  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void adamFollowsItsFormulaInDouble(Kernel kernel) {
    adam(kernel, 1e-8);
    adam(kernel, 0.1);
  }

  private static void adam(Kernel kernel, double epsilon) {
    int columns = 37;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double rate = 0.003;
    try (Bench b = new Bench(kernel, 3)) {
      Tensor w = b.random(2, columns);
      Tensor m = b.zeros(2, columns);
      Tensor v = b.zeros(2, columns);
      float[] start = w.get();
      double[] wd = new double[start.length];
      double[] md = new double[start.length];
      double[] vd = new double[start.length];
      for (int i = 0; i < start.length; i++) {
        wd[i] = start[i];
      }
      for (int step = 1; step <= 20; step++) {
        Tensor g = b.random(2, columns);
        kernel.adam(w, g, m, v, new AdamStep(rate, beta1, beta2, epsilon, step));
        float[] gd = g.get();
        for (int i = 0; i < wd.length; i++) {
          md[i] = beta1 * md[i] + (1 - beta1) * gd[i];
          vd[i] = beta2 * vd[i] + (1 - beta2) * gd[i] * gd[i];
          double first = md[i] / (1 - Math.pow(beta1, step));
          double second = vd[i] / (1 - Math.pow(beta2, step));
          wd[i] -= rate * first / (Math.sqrt(second) + epsilon);
          assertEquals(wd[i], w.get()[i], 1e-7 * (1 + step));
        }
      }
      b.checkFrames();
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void adamRowsStepsTheNamedRowsOnly(Kernel kernel) {
    int columns = 21;
    AdamStep step = new AdamStep(0.01, 0.9, 0.999, 1e-8, 2);
    try (Bench b = new Bench(kernel, 4)) {
      Tensor w = b.random(6, columns);
      Tensor m = b.random(6, columns);
      Tensor v = b.random(6, columns, 0.1f, 1);
      Tensor g = b.random(3, columns);
      Tensor[] whole = {b.zeros(6, columns), b.zeros(6, columns), b.zeros(6, columns)};
      kernel.copy(w, whole[0]);
      kernel.copy(m, whole[1]);
      kernel.copy(v, whole[2]);
      int[] rows = {5, 0, 4, 9};
      for (int j = 0; j < 2; j++) {
        kernel.adam(
            whole[0].rows(rows[j], 1),
            g.rows(j, 1),
            whole[1].rows(rows[j], 1),
            whole[2].rows(rows[j], 1),
            step);
      }
      kernel.adamRows(w, rows, 0, 2, g, m, v, step);
      b.checkFrames();
      assertArrayEquals(whole[0].get(), w.get());
      assertArrayEquals(whole[1].get(), m.get());
      assertArrayEquals(whole[2].get(), v.get());
      assertThrows(
          IllegalArgumentException.class,
          () -> kernel.adamRows(w, new int[] {6}, 0, 1, g, m, v, step));
      assertThrows(
          IllegalArgumentException.class, () -> kernel.adamRows(w, rows, 0, 4, g, m, v, step));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void embeddingBagSumsRepeatedRowsAndLeavesEmptyBagsZero(Kernel kernel) {
    try (Bench b = new Bench(kernel, 5)) {
      Tensor table = b.zeros(3, 2);
      table.set(1, 2, 10, 20, 100, 200);
      Tensor y = b.random(4, 2);
      int[] indices = {0, 0, 2, 1, 1, 1};
      int[] offsets = {0, 3, 3, 6, 6};
      kernel.embeddingBag(table, indices, offsets, y);
      assertArrayEquals(new float[] {102, 204, 0, 0, 30, 60, 0, 0}, y.get());
      Tensor dTable = b.zeros(3, 2);
      kernel.fill(dTable, 1);
      y.set(1, 2, 3, 4, 5, 6, 7, 8);
      kernel.embeddingBagGradient(y, indices, offsets, dTable);
      assertArrayEquals(new float[] {3, 5, 16, 19, 2, 3}, dTable.get());
      b.checkFrames();
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void sumOfSquaresIsAccurateOverManyElements(Kernel kernel) {
    try (Bench b = new Bench(kernel, 6)) {
      Tensor x = b.random(300, 1777);
      double sum = 0;
      for (float v : x.get()) {
        sum += (double) v * v;
      }
      assertEquals(sum, kernel.sumOfSquares(x), 1e-6 * sum);
    }
  }
}
