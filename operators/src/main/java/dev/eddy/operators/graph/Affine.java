package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;

/** y = x Wᵀ + b: dx = dy W, dW = dyᵀ x, db = the sum of dy over the rows. */
public final class Affine implements Operation {
  private final Node x;
  private final Node weight;
  private final Node bias;
  private final Panels panels;
  private final boolean fixed;
  private final Node y;
  private boolean packed;

  private Affine(Tape tape, Node x, Node weight, Node bias) {
    if (x == null || weight == null || x.columns() != weight.columns()) {
      throw Rule.broken("affine", x, weight, "columns must match");
    }
    if (bias != null) {
      Rule.shape("affine", "bias", bias, 1, weight.rows());
    }
    this.x = x;
    this.weight = weight;
    this.bias = bias;
    this.panels = tape.kernel().affinePanels(tape.scope(), weight.columns(), weight.rows());
    this.fixed = tape.fixed(weight, bias);
    this.y = tape.node(x.rows(), weight.rows());
  }

  /**
   * Records the map.
   *
   * @param x {@code [n, inputs]}
   * @param weight {@code [outputs, inputs]}
   * @param bias {@code [1, outputs]}, null for none
   * @return {@code [n, outputs]}
   */
  public static Node of(Tape tape, Node x, Node weight, Node bias) {
    return tape.record(new Affine(tape, x, weight, bias)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    if (!packed) {
      kernel.packAffine(weight.value(), bias == null ? null : bias.value(), panels);
      packed = fixed;
    }
    kernel.affine(x.value(), panels, y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      kernel.multiply(y.gradient(), weight.value(), x.gradient());
    }
    if (!weight.constant()) {
      kernel.multiplyLeftTransposed(y.gradient(), x.value(), weight.gradient());
    }
    if (bias != null && !bias.constant()) {
      kernel.addRowSum(y.gradient(), bias.gradient());
    }
  }
}
