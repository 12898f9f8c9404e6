package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;

/** y = a * b, element-wise: each factor's gradient is scaled by the other factor. */
public final class Multiply implements Operation {
  private final Node a;
  private final Node b;
  private final Node y;

  private Multiply(Tape tape, Node a, Node b) {
    Rule.sameShape("multiply", a, b);
    this.a = a;
    this.b = b;
    this.y = tape.node(a.rows(), a.columns());
  }

  public static Node of(Tape tape, Node a, Node b) {
    return tape.record(new Multiply(tape, a, b)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.fill(y.value(), 0);
    kernel.multiplyAdd(a.value(), b.value(), y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!a.constant()) {
      kernel.multiplyAdd(y.gradient(), b.value(), a.gradient());
    }
    if (!b.constant()) {
      kernel.multiplyAdd(y.gradient(), a.value(), b.gradient());
    }
  }
}
