package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/**
 * y = max(a, b) or min(a, b), element-wise: the gradient goes to the one that was taken only, and
 * to a where they are equal.
 */
public final class Extremum implements Operation {
  private final boolean greatest;
  private final Node a;
  private final Node b;
  private final Tensor first;
  private final Tensor second;
  private final Node y;

  private Extremum(Tape tape, boolean greatest, Node a, Node b) {
    Rule.sameShape(greatest ? "max" : "min", a, b);
    this.greatest = greatest;
    this.a = a;
    this.b = b;
    this.first = tape.scope().allocate(a.rows(), a.columns());
    this.second = tape.scope().allocate(a.rows(), a.columns());
    this.y = tape.node(a.rows(), a.columns());
  }

  public static Node max(Tape tape, Node a, Node b) {
    return tape.record(new Extremum(tape, true, a, b)).y;
  }

  public static Node min(Tape tape, Node a, Node b) {
    return tape.record(new Extremum(tape, false, a, b)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.select(greatest, a.value(), b.value(), y.value(), first);
  }

  @Override
  public void backward(Kernel kernel) {
    if (!a.constant()) {
      kernel.multiplyAdd(y.gradient(), first, a.gradient());
    }
    if (!b.constant()) {
      kernel.fill(second, 1);
      kernel.axpy(-1, first, second);
      kernel.multiplyAdd(y.gradient(), second, b.gradient());
    }
  }
}
