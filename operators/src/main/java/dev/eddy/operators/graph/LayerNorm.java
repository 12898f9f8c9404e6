package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/**
 * Layer normalisation (Ba, Kiros and Hinton 2016): y = gain * (x - mean) / sqrt(variance + epsilon)
 * + shift, mean and variance over each row. With x̂ the normalised row and d = dy * gain, {@code dx
 * = (d - mean(d) - x̂ mean(d x̂)) / sqrt(variance + epsilon)}, and over the rows dgain = Σ dy x̂,
 * dshift = Σ dy.
 */
public final class LayerNorm implements Operation {
  /** PyTorch's. */
  private static final float EPSILON = 1e-5f;

  private final Node x;
  private final Node gain;
  private final Node shift;
  private final Tensor normal;
  private final Tensor inverse;
  private final Tensor gains;
  private final Tensor product;
  private final Node y;

  private LayerNorm(Tape tape, Node x, Node gain, Node shift) {
    Rule.present("layer norm", "x", x);
    Rule.shape("layer norm", "gain", gain, 1, x.columns());
    Rule.shape("layer norm", "shift", shift, 1, x.columns());
    this.x = x;
    this.gain = gain;
    this.shift = shift;
    this.normal = tape.scope().allocate(x.rows(), x.columns());
    this.inverse = tape.scope().allocate(x.rows(), 1);
    this.gains = tape.scope().allocate(x.rows(), x.columns());
    this.product = tape.scope().allocate(x.rows(), x.columns());
    this.y = tape.node(x.rows(), x.columns());
  }

  /**
   * Records the normalisation.
   *
   * @param x {@code [n, m]}
   * @param gain {@code [1, m]}
   * @param shift {@code [1, m]}
   */
  public static Node of(Tape tape, Node x, Node gain, Node shift) {
    return tape.record(new LayerNorm(tape, x, gain, shift)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.normalize(x.value(), EPSILON, normal, inverse);
    kernel.fill(gains, 0);
    kernel.addRow(gain.value(), gains);
    kernel.fill(y.value(), 0);
    kernel.addRow(shift.value(), y.value());
    kernel.multiplyAdd(gains, normal, y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      kernel.fill(product, 0);
      kernel.multiplyAdd(y.gradient(), gains, product);
      kernel.normalizeGradient(normal, inverse, product, x.gradient());
    }
    if (!gain.constant()) {
      kernel.fill(product, 0);
      kernel.multiplyAdd(y.gradient(), normal, product);
      kernel.addRowSum(product, gain.gradient());
    }
    if (!shift.constant()) {
      kernel.addRowSum(y.gradient(), shift.gradient());
    }
  }
}
