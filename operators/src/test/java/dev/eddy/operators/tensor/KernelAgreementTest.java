package dev.eddy.operators.tensor;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fast kernel computes what the scalar kernel defines, at awkward sizes too. */
class KernelAgreementTest {
  private static final int[] SIZES = {1, 2, 3, 5, 7, 15, 16, 17, 31, 33, 64, 65, 100, 128, 190};

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7, 15, 16, 17, 31, 33, 64, 65, 100, 128, 190, 257})
  void everyInnerSizeWithEveryWidth(int inner) {
    for (int width : SIZES) {
      KernelLaws.agreement(Kernels.scalar(), Kernels.best(), 1 + width % 9, inner, width);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 17, 31, 63, 64, 65, 70, 129, 200})
  void everyNumberOfRows(int rows) {
    KernelLaws.agreement(Kernels.scalar(), Kernels.best(), rows, 33, 17);
    KernelLaws.agreement(Kernels.scalar(), Kernels.best(), rows, 5, 130);
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 700})
  void longSums(int inner) {
    KernelLaws.agreement(Kernels.scalar(), Kernels.best(), 6, inner, 70);
  }
}
