package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Softmax, its cross entropy and argmax against their definitions. */
class OutputTest {
  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void crossEntropyFollowsItsDefinition(Kernel kernel) {
    int classes = 19;
    try (Bench b = new Bench(kernel, 8)) {
      Tensor logits = b.random(3, classes, -6, 6);
      Tensor p = b.zeros(3, classes);
      Tensor losses = b.random(3, 1);
      Tensor dLogits = b.zeros(3, classes);
      int[] labels = {4, -1, 18};
      kernel.crossEntropy(logits, labels, p, losses);
      Tensor ones = b.zeros(3, 1);
      kernel.fill(ones, 2);
      kernel.crossEntropyGradient(p, labels, ones, dLogits);
      b.checkFrames();
      for (int r = 0; r < 3; r++) {
        float[] x = logits.rows(r, 1).get();
        double sum = 0;
        for (float v : x) {
          sum += Math.exp(v);
        }
        double loss = labels[r] < 0 ? 0 : Math.log(sum) - x[labels[r]];
        assertEquals(loss, losses.rows(r, 1).get()[0], 2e-6);
        for (int j = 0; j < classes; j++) {
          double expected = Math.exp(x[j]) / sum;
          assertEquals(expected, p.rows(r, 1).get()[j], 4e-7);
          double slope = labels[r] < 0 ? 0 : 2 * (expected - (j == labels[r] ? 1 : 0));
          assertEquals(slope, dLogits.rows(r, 1).get()[j], 1e-6);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void logitsOfTenThousandStayFinite(Kernel kernel) {
    try (Scope scope = kernel.open()) {
      Tensor logits = scope.allocate(3, 3);
      logits.set(1e4f, -1e4f, 0, -1e4f, -1e4f, -1e4f, 1e4f, 1e4f, -1e4f);
      Tensor p = scope.allocate(3, 3);
      Tensor losses = scope.allocate(3, 1);
      kernel.crossEntropy(logits, new int[] {1, 0, 1}, p, losses);
      float third = 1 / 3f;
      float[] expected = {1, 0, 0, third, third, third, 0.5f, 0.5f, 0};
      assertArrayEquals(expected, p.get(), 1e-7f);
      assertArrayEquals(
          new float[] {2e4f, (float) Math.log(3), (float) Math.log(2)}, losses.get(), 1e-6f);
      kernel.softmax(logits, logits);
      assertArrayEquals(expected, logits.get(), 1e-7f);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void softmaxSumsToOne(Kernel kernel) {
    for (int classes : new int[] {1, 2, 15, 16, 17, 190, 1000}) {
      try (Bench b = new Bench(kernel, classes)) {
        Tensor x = b.random(2, classes, -20, 20);
        kernel.softmax(x, x);
        double sum = 0;
        for (float p : x.rows(1, 1).get()) {
          assertTrue(p >= 0 && p <= 1);
          sum += p;
        }
        assertEquals(1, sum, 1e-6);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void argmaxTakesTheFirstOfEquals(Kernel kernel) {
    for (int columns : new int[] {1, 2, 16, 17, 40, 190}) {
      try (Bench b = new Bench(kernel, 1)) {
        Tensor x = b.zeros(columns, columns);
        for (int r = 0; r < columns; r++) {
          float[] row = new float[columns];
          for (int j = r; j < columns; j += 3) {
            row[j] = 1;
          }
          x.setRow(r, row, 0);
        }
        int[] places = new int[columns];
        kernel.argmax(x, places);
        for (int r = 0; r < columns; r++) {
          assertEquals(r, places[r]);
        }
      }
    }
  }
}
