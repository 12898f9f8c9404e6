package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import java.util.Arrays;
import java.util.List;

/**
 * y = the parts side by side or one under the other: each part gets the gradient of its own place
 * in y.
 */
public final class Concatenate implements Operation {
  private final List<Node> parts;
  private final Node[] places;
  private final Node y;

  private Concatenate(Tape tape, boolean sideBySide, List<Node> parts) {
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("concatenate: 0 parts; must be at least 1");
    }
    Node first = parts.get(0);
    int total = 0;
    for (Node part : parts) {
      if (first == null
          || part == null
          || (sideBySide ? part.rows() != first.rows() : part.columns() != first.columns())) {
        throw Rule.broken(
            "concatenate", first, part, (sideBySide ? "rows" : "columns") + " must match");
      }
      total += sideBySide ? part.columns() : part.rows();
    }
    this.parts = List.copyOf(parts);
    this.y = sideBySide ? tape.node(first.rows(), total) : tape.node(total, first.columns());
    this.places = new Node[parts.size()];
    int from = 0;
    for (int i = 0; i < places.length; i++) {
      Node part = parts.get(i);
      places[i] = sideBySide ? y.columns(from, part.columns()) : y.rows(from, part.rows());
      from += sideBySide ? part.columns() : part.rows();
    }
  }

  /** Side by side: parts {@code [n, m1], [n, m2], …} give {@code [n, m1 + m2 + …]}. */
  public static Node columns(Tape tape, Node... parts) {
    return tape.record(new Concatenate(tape, true, Arrays.asList(parts))).y;
  }

  /** One under the other: parts {@code [n1, m], [n2, m], …} give {@code [n1 + n2 + …, m]}. */
  public static Node rows(Tape tape, Node... parts) {
    return tape.record(new Concatenate(tape, false, Arrays.asList(parts))).y;
  }

  @Override
  public void forward(Kernel kernel) {
    for (int i = 0; i < places.length; i++) {
      kernel.copy(parts.get(i).value(), places[i].value());
    }
  }

  @Override
  public void backward(Kernel kernel) {
    for (int i = 0; i < places.length; i++) {
      if (!parts.get(i).constant()) {
        kernel.axpy(1, places[i].gradient(), parts.get(i).gradient());
      }
    }
  }
}
