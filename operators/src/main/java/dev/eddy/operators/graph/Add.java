package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;

/** y = a + b: the gradient goes to both. */
public final class Add implements Operation {
  private final Node a;
  private final Node b;
  private final Node y;

  private Add(Tape tape, Node a, Node b) {
    Rule.sameShape("add", a, b);
    this.a = a;
    this.b = b;
    this.y = tape.node(a.rows(), a.columns());
  }

  public static Node of(Tape tape, Node a, Node b) {
    return tape.record(new Add(tape, a, b)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.copy(a.value(), y.value());
    kernel.axpy(1, b.value(), y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!a.constant()) {
      kernel.axpy(1, y.gradient(), a.gradient());
    }
    if (!b.constant()) {
      kernel.axpy(1, y.gradient(), b.gradient());
    }
  }
}
