package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Memory: who owns it, what a view sees, and that nothing reaches outside or past its end. */
class TensorTest {
  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void viewsShareElements(Kernel kernel) {
    try (Scope scope = kernel.open()) {
      Tensor x = scope.allocate(3, 4);
      x.set(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
      Tensor view = x.rows(1, 2).columns(1, 2);
      assertArrayEquals(new float[] {5, 6, 9, 10}, view.get());
      view.set(50, 60, 90, 100);
      assertArrayEquals(new float[] {0, 1, 2, 3, 4, 50, 60, 7, 8, 90, 100, 11}, x.get());
      view.setRow(0, new float[] {-1, -2, -3, -4}, 1);
      float[] row = new float[5];
      x.getRow(1, row, 1);
      assertArrayEquals(new float[] {0, 4, -2, -3, 7}, row);
      assertEquals(0, x.rows(3, 0).get().length);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void memoryIsZeroAfterReset(Kernel kernel) {
    try (Scope scope = kernel.open()) {
      for (int round = 0; round < 3; round++) {
        for (int size : new int[] {1, 17, 1000, 100_000}) {
          Tensor x = scope.allocate(3, size);
          assertArrayEquals(new float[3 * size], x.get());
          kernel.fill(x, Float.NaN);
        }
        scope.reset();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void resetReusesBlocksAndCloseFreesThem(Kernel kernel) {
    long before = Scope.heldBytes();
    Scope scope = kernel.open();
    assertEquals(before, Scope.heldBytes());
    scope.allocate(100, 1000);
    scope.allocate(100, 2000);
    long held = Scope.heldBytes() - before;
    for (int round = 0; round < 100; round++) {
      scope.reset();
      scope.allocate(100, 1000);
      scope.allocate(100, 2000);
      assertEquals(held, Scope.heldBytes() - before);
    }
    scope.close();
    scope.close();
    assertEquals(before, Scope.heldBytes());
    assertMessage(
        IllegalStateException.class, "allocate: the scope is closed", () -> scope.allocate(1, 1));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void useAfterResetAndCloseThrows(Kernel kernel) {
    Scope scope = kernel.open();
    Tensor old = scope.allocate(4, 8);
    Tensor view = old.rows(1, 2);
    scope.reset();
    Tensor fresh = scope.allocate(4, 8);
    String reset = "tensor [4, 8] is used after its scope was reset";
    assertMessage(IllegalStateException.class, "axpy: " + reset, () -> kernel.axpy(1, old, fresh));
    assertMessage(IllegalStateException.class, "axpy: " + reset, () -> kernel.axpy(1, fresh, old));
    assertMessage(IllegalStateException.class, "get: " + reset, old::get);
    assertMessage(
        IllegalStateException.class,
        "get: tensor [2, 8] is used after its scope was reset",
        view::get);
    Panels panels = kernel.affinePanels(scope, 8, 3);
    Tensor y = scope.allocate(4, 3);
    scope.close();
    String closed = "tensor [4, 8] is used after its scope was closed";
    assertMessage(IllegalStateException.class, "fill: " + closed, () -> kernel.fill(fresh, 1));
    assertMessage(IllegalStateException.class, "rows: " + closed, () -> fresh.rows(0, 1));
    assertMessage(
        IllegalStateException.class, "setRow: " + closed, () -> fresh.setRow(0, new float[8], 0));
    try (Scope other = kernel.open()) {
      Tensor x = other.allocate(4, 8);
      Tensor z = other.allocate(4, 3);
      assertThrows(IllegalStateException.class, () -> kernel.affine(x, panels, z));
      assertThrows(IllegalStateException.class, () -> kernel.affine(x, panels, y));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void outOfBoundsThrows(Kernel kernel) {
    try (Scope scope = kernel.open()) {
      Tensor x = scope.allocate(4, 8);
      assertMessage(
          IndexOutOfBoundsException.class,
          "rows: 3 from 2 on is outside of tensor [4, 8]",
          () -> x.rows(2, 3));
      assertThrows(IndexOutOfBoundsException.class, () -> x.rows(-1, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> x.rows(1, Integer.MAX_VALUE));
      assertThrows(IndexOutOfBoundsException.class, () -> x.columns(8, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> x.columns(0, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> x.getRow(4, new float[8], 0));
      assertThrows(IndexOutOfBoundsException.class, () -> x.getRow(-1, new float[8], 0));
      assertThrows(IndexOutOfBoundsException.class, () -> x.getRow(0, new float[8], 1));
      assertThrows(IndexOutOfBoundsException.class, () -> x.setRow(0, new float[7], 0));
      assertThrows(IllegalArgumentException.class, () -> x.set(1, 2, 3));
      assertThrows(IllegalArgumentException.class, () -> x.reshape(-4, -8));
      assertThrows(IllegalArgumentException.class, () -> x.reshape(8, 5));
      assertThrows(IllegalArgumentException.class, () -> scope.allocate(0, 8).reshape(8, 0));
      int[] bag = {0, 4};
      Tensor y = scope.allocate(1, 8);
      assertMessage(
          IllegalArgumentException.class,
          "embeddingBag: index 4 at 1; must be at least 0 and below 4, the rows of the table",
          () -> kernel.embeddingBag(x, bag, new int[] {0, 2}, y));
      assertThrows(
          IllegalArgumentException.class, () -> kernel.embeddingBag(x, bag, new int[] {0, 3}, y));
      assertThrows(
          IllegalArgumentException.class,
          () -> kernel.crossEntropy(y, new int[] {8}, scope.allocate(1, 8), scope.allocate(1, 1)));
      assertThrows(IllegalArgumentException.class, () -> kernel.argmax(x, new int[3]));
      assertThrows(IllegalArgumentException.class, () -> scope.allocate(-1, 1));
      assertThrows(IllegalArgumentException.class, () -> scope.allocate(1, 0));
      assertThrows(IllegalArgumentException.class, () -> scope.allocate(1 << 20, 1 << 20));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void wrongShapesThrow(Kernel kernel) {
    try (Scope scope = kernel.open()) {
      Tensor a = scope.allocate(4, 8);
      Tensor b = scope.allocate(7, 3);
      Tensor y = scope.allocate(4, 3);
      assertMessage(
          IllegalArgumentException.class,
          "multiply: a is [4, 8], b is [7, 3]; inner sizes must match",
          () -> kernel.multiply(a, b, y));
      assertMessage(
          IllegalArgumentException.class,
          "axpy: y is [4, 3], must be [4, 8]",
          () -> kernel.axpy(1, a, y));
      assertMessage(
          IllegalArgumentException.class,
          "affine: given affine panels 8 to 2, must be affine panels 8 to 3",
          () -> kernel.affine(a, kernel.affinePanels(scope, 8, 2), y));
      assertThrows(
          IllegalArgumentException.class,
          () -> kernel.affine(a, kernel.cellPanels(scope, Cell.LSTM, 8, 3), y));
      assertMessage(
          IllegalArgumentException.class,
          "affinePanels: inputs is 0, must be at least 1 and below 4194304",
          () -> kernel.affinePanels(scope, 0, 3));
      assertThrows(IllegalArgumentException.class, () -> kernel.affinePanels(scope, 1 << 22, 1));
      assertThrows(
          IllegalArgumentException.class, () -> kernel.cellPanels(scope, Cell.MGU, 1 << 22, 1));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void resultsThatShareMemoryWithOperandsThrow(Kernel kernel) {
    try (Scope scope = kernel.open()) {
      Tensor all = scope.allocate(8, 8);
      Tensor left = all.columns(0, 4);
      Tensor right = all.columns(4, 4);
      Tensor square = scope.allocate(4, 4);
      kernel.multiply(left, square, right);
      assertMessage(
          IllegalArgumentException.class,
          "multiply: y [8, 4] shares memory with a [8, 4]",
          () -> kernel.multiply(left, square, all.columns(3, 4)));
      assertThrows(
          IllegalArgumentException.class,
          () -> kernel.multiply(all.rows(0, 4), all, all.rows(4, 4)));
      kernel.multiply(left.rows(2, 0), square, left.rows(1, 0));
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void tensorsOfAnotherKernelThrow(Kernel kernel) {
    Kernel stranger = new Kernel(new ScalarKernel());
    try (Scope scope = kernel.open();
        Scope other = stranger.open()) {
      assertMessage(
          IllegalArgumentException.class,
          "copy: y [2, 3] belongs to the kernel scalar, not " + kernel.name(),
          () -> kernel.copy(scope.allocate(2, 3), other.allocate(2, 3)));
    }
  }

  private static void assertMessage(
      Class<? extends Exception> type, String message, Executable call) {
    assertEquals(message, assertThrows(type, call).getMessage());
  }
}
