package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/** loss = ½ Σ (f - y)² over each row: df = dloss (f - y), and the opposite for y. */
public final class SquaredError implements Operation {
  private final Node f;
  private final Node y;
  private final RowSums sums;
  private final Tensor difference;
  private final Tensor product;
  private final Node losses;

  private SquaredError(Tape tape, Node f, Node y) {
    Rule.sameShape("squared error", f, y);
    this.f = f;
    this.y = y;
    this.sums = new RowSums(tape, f.columns());
    this.difference = tape.scope().allocate(f.rows(), f.columns());
    this.product = tape.scope().allocate(f.rows(), f.columns());
    this.losses = tape.node(f.rows(), 1);
  }

  /**
   * Records the loss.
   *
   * @param f what the network says, {@code [n, m]}
   * @param y what is true, {@code [n, m]}
   * @return losses {@code [n, 1]}
   */
  public static Node of(Tape tape, Node f, Node y) {
    return tape.record(new SquaredError(tape, f, y)).losses;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.copy(f.value(), difference);
    kernel.axpy(-1, y.value(), difference);
    kernel.fill(product, 0);
    kernel.multiplyAdd(difference, difference, product);
    kernel.fill(losses.value(), 0);
    sums.add(kernel, product, losses.value());
    kernel.scale(0.5f, losses.value());
  }

  @Override
  public void backward(Kernel kernel) {
    kernel.fill(product, 0);
    sums.spread(kernel, losses.gradient(), product);
    if (!f.constant()) {
      kernel.multiplyAdd(difference, product, f.gradient());
    }
    if (!y.constant()) {
      kernel.scale(-1, product);
      kernel.multiplyAdd(difference, product, y.gradient());
    }
  }
}
