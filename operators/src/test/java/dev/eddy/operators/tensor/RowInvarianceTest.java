package dev.eddy.operators.tensor;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A row's result has the same bits whatever rows share its batch, and wherever it stands. */
class RowInvarianceTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "3, 5", "17, 31", "64, 16", "33, 64", "5, 65", "150, 33", "32, 130"})
  void holdsForBothKernels(int inner, int columns) {
    KernelLaws.rowInvariance(Kernels.scalar(), inner, columns, 20);
    KernelLaws.rowInvariance(Kernels.best(), inner, columns, 70);
  }

  /** Where the weights are cut into blocks that fit the caches. */
  @ParameterizedTest
  @CsvSource({"LSTM, 256", "GRU, 256", "LSTM, 512", "GRU, 512"})
  void holdsForLargeCells(Cell cell, int hidden) {
    CellLaws.rowInvariance(Kernels.best(), cell, 32, hidden, 2, 7, 33, 64);
  }
}
