package dev.eddy.operators.tensor;

/** The laws of {@link KernelLaws} for one recurrent cell. */
final class CellLaws {
  /** A unit in the last place of 1, up to which a rounding error is relative. */
  private static final double ULP = 0x1p-23;

  private CellLaws() {}

  /** A step, in place or with its gradient. */
  static void agreement(Bench b, Cell cell, int n, int inputs, int hidden, boolean inPlace) {
    double tolerance = ULP * (4 + (inputs + hidden) / 2.0);
    int blocks = cell.blocks() * hidden;
    Panels panels = b.kernel.cellPanels(b.scope(), cell, inputs, hidden);
    b.kernel.packCell(
        b.random(blocks, inputs),
        b.random(blocks, hidden),
        b.random(1, blocks),
        b.random(1, blocks),
        panels);
    Tensor x = b.random(n, inputs);
    Tensor h = b.random(n, hidden);
    Tensor c = cell.hasC() ? b.random(n, hidden) : null;
    Tensor gates = inPlace ? null : b.zeros(n, cell.gates() * hidden);
    Tensor hNext = inPlace ? h : b.zeros(n, hidden);
    Tensor cNext = inPlace || c == null ? c : b.zeros(n, hidden);
    CellStep step = new CellStep(x, h, c, gates, hNext, cNext);
    b.kernel.step(step, panels);
    // sums of the rectifier and of a GRU's n reach the result as they are
    b.result("hNext", hNext, 2 * tolerance);
    if (c != null) {
      b.result("cNext", cNext, 2 * tolerance);
    }
    if (!inPlace) {
      b.result("gates", gates, 2 * tolerance);
      gates.set(b.random(n, cell.gates() * hidden).get());
      if (c != null) {
        cNext.set(b.random(n, hidden).get());
      }
      Tensor dIh = b.random(n, blocks);
      Tensor dHh = cell == Cell.GRU ? b.random(n, blocks) : dIh;
      Tensor dc = c == null ? null : b.random(n, hidden);
      Tensor dh = b.random(n, hidden);
      CellGradient gradient = new CellGradient(b.random(n, hidden), dc, dIh, dHh, dh);
      b.kernel.stepGradient(step, gradient, cell);
      if (c != null) {
        b.result("dc", dc, 8 * ULP);
      }
      b.result("dIh", dIh, 8 * ULP);
      b.result("dHh", dHh, 8 * ULP);
      if (cell == Cell.GRU_RESET_BEFORE) {
        dIh.columns(0, hidden).set(b.random(n, hidden).get());
        b.kernel.resetGradient(step, gradient);
        b.result("dr", dIh, 8 * ULP);
      }
      b.result("dh", dh, 8 * ULP);
    }
  }

  /** x is {@code [x h c]}, y is {@code [gates hNext cNext]}; then gradients of such gates. */
  static void rowInvariance(Kernel kernel, Cell cell, int k, int m, int... batches) {
    int gates = cell.gates() * m;
    int blocks = cell.blocks() * m;
    for (boolean inPlace : new boolean[] {false, true}) {
      KernelLaws.rowInvariance(
          cell + (inPlace ? " in place" : ""),
          kernel,
          k + 2 * m,
          gates + 2 * m,
          batches,
          (b, x, y) -> {
            Panels panels = b.kernel.cellPanels(b.scope(), cell, k, m);
            b.kernel.packCell(
                b.random(blocks, k),
                b.random(blocks, m),
                b.random(1, blocks),
                b.random(1, blocks),
                panels);
            Tensor h = x.columns(k, m);
            Tensor c = x.columns(k + m, m);
            Tensor hNext = y.columns(gates, m);
            Tensor cNext = y.columns(gates + m, m);
            if (inPlace) {
              b.kernel.copy(h, hNext);
              b.kernel.copy(c, cNext);
              h = hNext;
              c = cNext;
            }
            CellStep step = new CellStep(x.columns(0, k), h, c, y.columns(0, gates), hNext, cNext);
            b.kernel.step(step, panels);
          });
    }
    KernelLaws.rowInvariance(
        cell + " gradient",
        kernel,
        gates + 5 * m,
        2 * blocks + 2 * m,
        batches,
        (b, x, y) -> {
          Tensor dIh = y.columns(0, blocks);
          Tensor dc = y.columns(2 * blocks, m);
          b.kernel.copy(x.columns(gates, m), dc);
          CellStep step =
              new CellStep(
                  null,
                  x.columns(gates + m, m),
                  x.columns(gates + 2 * m, m),
                  x.columns(0, gates),
                  null,
                  x.columns(gates + 3 * m, m));
          CellGradient gradient =
              new CellGradient(
                  x.columns(gates + 4 * m, m),
                  dc,
                  dIh,
                  cell == Cell.GRU ? y.columns(blocks, blocks) : dIh,
                  y.columns(2 * blocks + m, m));
          b.kernel.stepGradient(step, gradient, cell);
          if (cell == Cell.GRU_RESET_BEFORE) {
            b.kernel.fill(dIh.columns(0, m), 0.3f);
            b.kernel.resetGradient(step, gradient);
          }
        });
  }
}
