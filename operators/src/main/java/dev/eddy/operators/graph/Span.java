package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.CellGradient;
import dev.eddy.operators.tensor.CellStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Tensor;

/**
 * Rows of one timestep of a {@link Recurrent} layer whose states before it lie together, forward
 * and back.
 *
 * @param before where h_{t-1} was computed, null where it is read from there
 * @param dDirect the gradient of the blocks that are multiplied by h
 * @param dRest that of the blocks that are multiplied by r * h, null for none
 * @param dProduct where the gradient of r * h goes, null for none
 */
record Span(
    Tensor before,
    CellStep step,
    CellGradient gradient,
    Tensor dDirect,
    Tensor dRest,
    Tensor dProduct) {

  void forward(Kernel kernel, Panels panels) {
    if (before != null) {
      kernel.copy(before, step.h());
    }
    kernel.step(step, panels);
  }

  /** The gradients of the blocks before their activations, and those of h_{t-1} and c_{t-1}. */
  void backward(Kernel kernel, Cell cell, Panels direct, Panels rest) {
    kernel.stepGradient(step, gradient, cell);
    if (dRest != null) {
      kernel.multiply(dRest, rest, dProduct);
      kernel.resetGradient(step, gradient);
    }
    if (gradient.dh() != null) {
      kernel.multiply(dDirect, direct, gradient.dh());
    }
  }
}
