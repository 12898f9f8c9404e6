package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/**
 * Sums over the columns of a matrix, and their spread back over the columns: products with ones.
 */
final class RowSums {
  private final Tensor down;
  private final Tensor across;

  RowSums(Tape tape, int columns) {
    down = tape.scope().allocate(columns, 1);
    across = tape.scope().allocate(1, columns);
    tape.kernel().fill(down, 1);
    tape.kernel().fill(across, 1);
  }

  /** sums {@code [n, 1]} += the sum of each row of x {@code [n, columns]}. */
  void add(Kernel kernel, Tensor x, Tensor sums) {
    kernel.multiply(x, down, sums);
  }

  /** Every element of a row of y {@code [n, columns]} += that row of x {@code [n, 1]}. */
  void spread(Kernel kernel, Tensor x, Tensor y) {
    kernel.multiply(x, across, y);
  }
}
