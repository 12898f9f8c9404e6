package dev.eddy.operators.tensor;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A row's result has the same bits whatever rows share its batch, and wherever it stands. */
class RowInvarianceTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "3, 5", "17, 31", "64, 16", "33, 64", "5, 65", "150, 33", "32, 130"})
  void holdsForBothKernels(int inner, int columns) {
    KernelLaws.rowInvariance(Kernels.scalar(), inner, columns, 20);
    KernelLaws.rowInvariance(Kernels.best(), inner, columns, 70);
  }

  /** Every cell and product, at sizes that fill no vector, several, and several blocks. */
  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 64, 128, 256, 300, 512, 700})
  void holdsForEverySize(int size) {
    int[] batches = {1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 65};
    for (Cell cell : Cell.values()) {
      CellLaws.rowInvariance(Kernels.best(), cell, 5, size, batches);
    }
    KernelLaws.productInvariance(Kernels.best(), size, 130, batches);
  }

  /** Every number of vectors and strips, in one block and in several. */
  @ParameterizedTest
  @ValueSource(ints = {17, 300})
  void holdsForEveryWidth(int inner) {
    for (int columns = 1; columns <= 70; columns++) {
      KernelLaws.productInvariance(
          Kernels.best(), inner, columns, 1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 65);
    }
  }
}
