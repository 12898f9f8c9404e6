package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/**
 * y = exp(x) / Σ exp(x) in each row: dx = y * (dy - Σ dy * y). For a loss on labels take {@link
 * CrossEntropy}, which is exact where a softmax has underflowed.
 */
public final class Softmax implements Operation {
  private final Node x;
  private final Node y;
  private final RowSums sums;
  private final Tensor weighted;
  private final Tensor sum;
  private final Tensor spread;

  private Softmax(Tape tape, Node x) {
    Rule.present("softmax", "x", x);
    this.x = x;
    this.y = tape.node(x.rows(), x.columns());
    this.sums = new RowSums(tape, x.columns());
    this.weighted = tape.scope().allocate(x.rows(), x.columns());
    this.sum = tape.scope().allocate(x.rows(), 1);
    this.spread = tape.scope().allocate(x.rows(), x.columns());
  }

  public static Node of(Tape tape, Node x) {
    return tape.record(new Softmax(tape, x)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.softmax(x.value(), y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (x.constant()) {
      return;
    }
    kernel.fill(weighted, 0);
    kernel.multiplyAdd(y.gradient(), y.value(), weighted);
    kernel.fill(sum, 0);
    sums.add(kernel, weighted, sum);
    kernel.scale(-1, sum);
    kernel.fill(spread, 0);
    sums.spread(kernel, sum, spread);
    kernel.axpy(1, weighted, x.gradient());
    kernel.multiplyAdd(spread, y.value(), x.gradient());
  }
}
