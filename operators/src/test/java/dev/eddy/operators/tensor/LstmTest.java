package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused LSTM step and the products against their definitions in double precision. */
class LstmTest {
  private static final int ROWS = 3;
  private static final int INPUTS = 5;
  private static final int HIDDEN = 19;

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void stepFollowsItsEquations(Kernel kernel) {
    try (Bench b = new Bench(kernel, 5)) {
      Tensor wi = b.random(4 * HIDDEN, INPUTS);
      Tensor wh = b.random(4 * HIDDEN, HIDDEN);
      Tensor bi = b.random(1, 4 * HIDDEN);
      Tensor bh = b.random(1, 4 * HIDDEN);
      Tensor x = b.random(ROWS, INPUTS);
      Tensor h = b.random(ROWS, HIDDEN);
      Tensor c = b.random(ROWS, HIDDEN);
      Panels panels = kernel.cellPanels(b.scope(), Cell.LSTM, INPUTS, HIDDEN);
      kernel.packCell(wi, wh, bi, bh, panels);
      Tensor gates = b.zeros(ROWS, 4 * HIDDEN);
      Tensor hNext = b.zeros(ROWS, HIDDEN);
      Tensor cNext = b.zeros(ROWS, HIDDEN);
      kernel.step(new CellStep(x, h, c, gates, hNext, cNext), panels);
      b.checkFrames();
      for (int r = 0; r < ROWS; r++) {
        for (int j = 0; j < HIDDEN; j++) {
          double[] z = new double[4];
          for (int g = 0; g < 4; g++) {
            int row = g * HIDDEN + j;
            z[g] = (double) at(bi, 0, row) + at(bh, 0, row);
            for (int k = 0; k < INPUTS; k++) {
              z[g] += (double) at(wi, row, k) * at(x, r, k);
            }
            for (int k = 0; k < HIDDEN; k++) {
              z[g] += (double) at(wh, row, k) * at(h, r, k);
            }
          }
          double i = 1 / (1 + Math.exp(-z[0]));
          double f = 1 / (1 + Math.exp(-z[1]));
          double g = Math.tanh(z[2]);
          double o = 1 / (1 + Math.exp(-z[3]));
          double cell = f * at(c, r, j) + i * g;
          assertEquals(i, at(gates, r, j), 1e-6);
          assertEquals(f, at(gates, r, HIDDEN + j), 1e-6);
          assertEquals(g, at(gates, r, 2 * HIDDEN + j), 1e-6);
          assertEquals(o, at(gates, r, 3 * HIDDEN + j), 1e-6);
          assertEquals(cell, at(cNext, r, j), 1e-6);
          assertEquals(o * Math.tanh(cell), at(hNext, r, j), 1e-6);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void productsFollowTheirDefinition(Kernel kernel) {
    int n = 7;
    int k = 21;
    int m = 37;
    try (Bench b = new Bench(kernel, 6)) {
      Tensor left = b.random(n, k);
      Tensor leftTransposed = b.random(k, n);
      Tensor right = b.random(k, m);
      Tensor weight = b.random(m, k);
      Tensor bias = b.random(1, m);
      Tensor y = b.zeros(n, m);
      kernel.fill(y, 1);
      kernel.multiply(left, right, y);
      Tensor transposed = b.zeros(n, m);
      kernel.multiplyLeftTransposed(leftTransposed, right, transposed);
      Panels panels = kernel.affinePanels(b.scope(), k, m);
      kernel.packAffine(weight, bias, panels);
      Tensor affine = b.zeros(n, m);
      kernel.affine(left, panels, affine);
      b.checkFrames();
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
          double product = 1;
          double turned = 0;
          double map = at(bias, 0, j);
          for (int l = 0; l < k; l++) {
            product += (double) at(left, i, l) * at(right, l, j);
            turned += (double) at(leftTransposed, l, i) * at(right, l, j);
            map += (double) at(left, i, l) * at(weight, j, l);
          }
          assertEquals(product, at(y, i, j), 3e-6);
          assertEquals(turned, at(transposed, i, j), 3e-6);
          assertEquals(map, at(affine, i, j), 3e-6);
        }
      }
    }
  }

  private static float at(Tensor t, int row, int column) {
    return t.rows(row, 1).columns(column, 1).get()[0];
  }
}
