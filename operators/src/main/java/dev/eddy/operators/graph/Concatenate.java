package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import java.util.List;

/** y = the parts side by side, {@code [n, m1 + m2 + …]}: each part gets its columns' gradient. */
public final class Concatenate implements Operation {
  private final List<Node> parts;
  private final Node[] views;
  private final Node y;

  private Concatenate(Tape tape, List<Node> parts) {
    this.parts = List.copyOf(parts);
    int columns = 0;
    for (Node part : parts) {
      if (part.rows() != parts.get(0).rows()) {
        throw Rule.broken("concatenate", parts.get(0), part, "rows must match");
      }
      columns += part.columns();
    }
    this.y = tape.node(parts.get(0).rows(), columns);
    this.views = new Node[parts.size()];
    int from = 0;
    for (int i = 0; i < views.length; i++) {
      views[i] = y.columns(from, parts.get(i).columns());
      from += parts.get(i).columns();
    }
  }

  public static Node of(Tape tape, Node... parts) {
    return tape.record(new Concatenate(tape, List.of(parts))).y;
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
