package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import java.util.List;

/**
 * y = the parts one under the other, {@code [n1 + n2 + …, m]}: each part gets its rows' gradient.
 */
public final class Stack implements Operation {
  private final List<Node> parts;
  private final Node[] views;
  private final Node y;

  private Stack(Tape tape, List<Node> parts) {
    this.parts = List.copyOf(parts);
    int rows = 0;
    for (Node part : parts) {
      if (part.columns() != parts.get(0).columns()) {
        throw Rule.broken("stack", parts.get(0), part, "columns must match");
      }
      rows += part.rows();
    }
    this.y = tape.node(rows, parts.get(0).columns());
    this.views = new Node[parts.size()];
    int from = 0;
    for (int i = 0; i < views.length; i++) {
      views[i] = y.rows(from, parts.get(i).rows());
      from += parts.get(i).rows();
    }
  }

  public static Node of(Tape tape, Node... parts) {
    return tape.record(new Stack(tape, List.of(parts))).y;
  }

  @Override
  public void forward(Kernel kernel) {
    for (int i = 0; i < views.length; i++) {
      kernel.copy(parts.get(i).value(), views[i].value());
    }
  }

  @Override
  public void backward(Kernel kernel) {
    for (int i = 0; i < views.length; i++) {
      if (!parts.get(i).constant()) {
        kernel.axpy(1, views[i].gradient(), parts.get(i).gradient());
      }
    }
  }
}
