package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;

/** y = f(x), element-wise: dx = dy * f'(x). */
public final class Apply implements Operation {
  private final Function function;
  private final Node x;
  private final Node y;

  private Apply(Tape tape, Function function, Node x) {
    Rule.present("apply", "function", function);
    Rule.present("apply", "x", x);
    this.function = function;
    this.x = x;
    this.y = tape.node(x.rows(), x.columns());
  }

  public static Node of(Tape tape, Function function, Node x) {
    return tape.record(new Apply(tape, function, x)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.map(function, x.value(), y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      kernel.mapGradient(function, x.value(), y.value(), y.gradient(), x.gradient());
    }
  }
}
