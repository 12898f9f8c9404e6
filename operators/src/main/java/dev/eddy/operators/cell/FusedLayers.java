package dev.eddy.operators.cell;

import dev.eddy.operators.tensor.CellStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Tensor;

/**
 * One timestep of stacked layers of fused cells, in place, for a number of rows: what {@link
 * Layers} records, without a tape.
 */
final class FusedLayers implements Runnable {
  private final Kernel kernel;
  private final Panels[] panels;
  private final CellStep[] steps;
  private final Tensor[] sums;

  /**
   * The step of the first n rows of everything.
   *
   * @param x {@code [n, D]}
   * @param h of each layer, {@code [n, H]}
   * @param c of each layer, {@code [n, H]}, null where the cell has none
   * @param sums of each layer, {@code [n, H]}, where the layer and what it reads are added; null
   *     where they are not
   */
  FusedLayers(Kernel kernel, Panels[] panels, Tensor x, Tensor[] h, Tensor[] c, Tensor[] sums) {
    this.kernel = kernel;
    this.panels = panels;
    this.sums = sums;
    this.steps = new CellStep[panels.length];
    Tensor below = x;
    for (int k = 0; k < steps.length; k++) {
      steps[k] = new CellStep(below, h[k], c[k], null, h[k], c[k]);
      below = sums[k] == null ? h[k] : sums[k];
    }
  }

  /** What the output reads, {@code [n, H]}. */
  Tensor top() {
    int last = steps.length - 1;
    return sums[last] == null ? steps[last].hNext() : sums[last];
  }

  @Override
  public void run() {
    for (int k = 0; k < steps.length; k++) {
      kernel.step(steps[k], panels[k]);
      if (sums[k] != null) {
        kernel.copy(steps[k].hNext(), sums[k]);
        kernel.axpy(1, steps[k].x(), sums[k]);
      }
    }
  }
}
