package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.AllocatedBytes;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Once compiled, no operation allocates on the heap, and none keeps native memory. */
class AllocationTest {
  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void oneStepOfEverythingAllocatesNothing(Kernel kernel) {
    long before = Scope.heldBytes();
    try (Bench b = new Bench(kernel, 9)) {
      List<Runnable> cells = Stream.of(Cell.values()).map(cell -> cell(b, cell)).toList();
      Tensor wh = b.random(80, 20);
      Tensor bias = b.random(1, 80);
      Tensor h = b.random(9, 20);
      Tensor c = b.random(9, 20);
      Tensor h1 = h.rows(0, 1);
      Tensor gates = b.zeros(9, 80);
      Tensor hNext = b.zeros(9, 20);
      Panels affine = kernel.affinePanels(b.scope(), 20, 150);
      Tensor weight = b.random(150, 20);
      Panels rowPanels = kernel.affinePanels(b.scope(), 150, 20);
      Tensor turned = b.random(20, 150);
      Tensor weightBias = b.random(1, 150);
      Tensor dWeight = b.zeros(150, 20);
      Tensor logits = b.zeros(9, 150);
      Tensor logits1 = logits.rows(0, 1);
      Tensor h2 = h.rows(0, 2);
      Tensor logits2 = logits.rows(0, 2);
      Tensor h4 = h.rows(0, 4);
      Tensor logits4 = logits.rows(0, 4);
      Tensor p = b.zeros(9, 150);
      Tensor losses = b.random(9, 1);
      Tensor rowScales = b.zeros(9, 1);
      Tensor dh = b.zeros(9, 20);
      Tensor v = b.zeros(150, 20);
      int[] labels = {0, 1, 2, 3, 4, 5, 6, 7, 149};
      int[] rows = {3, 4};
      int[] indices = {0, 3, 3, 7};
      int[] offsets = {0, 1, 1, 3, 4, 4, 4, 4, 4, 4};
      AdamStep step = new AdamStep(0.001, 0.9, 0.999, 1e-8, 7);
      Function[] functions = Function.values();
      AllocatedBytes.assertNoneInSteadyState(
          () -> {
            for (int i = 0; i < cells.size(); i++) {
              cells.get(i).run();
            }
            kernel.packAffine(weight, weightBias, affine);
            kernel.affine(h1, affine, logits1);
            kernel.affine(h2, affine, logits2);
            kernel.affine(h4, affine, logits4);
            kernel.affine(hNext, affine, logits);
            kernel.softmax(logits, p);
            kernel.argmax(p, labels);
            kernel.crossEntropy(logits, labels, p, losses);
            kernel.crossEntropyGradient(p, labels, losses, logits);
            kernel.fill(dh, 0);
            kernel.multiply(logits, weight, dh);
            kernel.packRows(weight, rowPanels);
            kernel.multiply(logits, rowPanels, dh);
            kernel.multiply(logits1, rowPanels, h1);
            kernel.addTransposed(turned, dWeight);
            kernel.multiplyLeftTransposed(logits, h, dWeight);
            kernel.addRowSum(gates, bias);
            kernel.addRow(bias, gates);
            kernel.copy(hNext, dh);
            kernel.axpy(0.5f, dh, hNext);
            kernel.scale(0.5f, hNext);
            kernel.multiplyAdd(dh, c, hNext);
            for (Function f : functions) {
              kernel.map(f, h, dh);
              if (f.differentiable()) {
                kernel.mapGradient(f, h, dh, c, hNext);
              }
            }
            kernel.select(true, h, c, dh, hNext);
            kernel.clamp(0.5f, dh);
            kernel.normalize(dh, 1e-5f, dh, rowScales);
            kernel.normalizeGradient(h, rowScales, c, dh);
            kernel.embeddingBag(wh, indices, offsets, dh);
            kernel.embeddingBagGradient(dh, indices, offsets, dWeight);
            kernel.sumOfSquares(dWeight);
            kernel.adam(weight, dWeight, v, v, step);
            kernel.adamRows(weight, rows, 0, 2, dWeight, v, v, step);
          });
    }
    assertEquals(before, Scope.heldBytes());
  }

  /** A step of one row in place, and one of nine rows with its gradient. */
  private static Runnable cell(Bench b, Cell cell) {
    int blocks = 20 * cell.blocks();
    Kernel kernel = b.kernel;
    Panels panels = kernel.cellPanels(b.scope(), cell, 8, 20);
    Tensor wi = b.random(blocks, 8);
    Tensor wh = b.random(blocks, 20);
    Tensor bias = b.random(1, blocks);
    Tensor x = b.random(9, 8);
    Tensor h = b.random(9, 20);
    Tensor c = b.random(9, 20);
    Tensor h1 = h.rows(0, 1);
    Tensor c1 = c.rows(0, 1);
    Tensor gates = b.zeros(9, 20 * cell.gates());
    CellStep one = new CellStep(x.rows(0, 1), h1, c1, null, h1, c1);
    CellStep nine = new CellStep(x, h, c, gates, b.zeros(9, 20), b.zeros(9, 20));
    Tensor dIh = b.zeros(9, blocks);
    Tensor dHh = cell == Cell.GRU ? b.zeros(9, blocks) : dIh;
    Tensor dh = b.zeros(9, 20);
    CellGradient gradient = new CellGradient(b.random(9, 20), b.zeros(9, 20), dIh, dHh, dh);
    return () -> {
      kernel.packCell(wi, wh, bias, bias, panels);
      kernel.step(one, panels);
      kernel.step(nine, panels);
      kernel.stepGradient(nine, gradient, cell);
      if (cell == Cell.GRU_RESET_BEFORE) {
        kernel.resetGradient(nine, gradient);
      }
      kernel.fill(dh, 0);
    };
  }
}
