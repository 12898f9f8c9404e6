package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;

/** y {@code [n, 1]} = the sum of each row of x {@code [n, m]}: every element gets its row's dy. */
public final class Sum implements Operation {
  private final Node x;
  private final RowSums sums;
  private final Node y;

  private Sum(Tape tape, Node x) {
    Rule.present("sum", "x", x);
    this.x = x;
    this.sums = new RowSums(tape, x.columns());
    this.y = tape.node(x.rows(), 1);
  }

  public static Node of(Tape tape, Node x) {
    return tape.record(new Sum(tape, x)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.fill(y.value(), 0);
    sums.add(kernel, x.value(), y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      sums.spread(kernel, y.gradient(), x.gradient());
    }
  }
}
