package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Tensor;

/**
 * A value of the graph and the gradient of the loss by it.
 *
 * @param value {@code [rows, columns]}
 * @param gradient {@code [rows, columns]}, added to by every operation that reads the value; null
 *     for a constant
 */
public record Node(Tensor value, Tensor gradient) {
  public int rows() {
    return value.rows();
  }

  public int columns() {
    return value.columns();
  }

  public boolean constant() {
    return gradient == null;
  }

  /** Rows {@code [from, from + count)}: a view, whose gradient adds to this node's. */
  public Node rows(int from, int count) {
    return new Node(value.rows(from, count), constant() ? null : gradient.rows(from, count));
  }

  /** Columns {@code [from, from + count)}: a view, whose gradient adds to this node's. */
  public Node columns(int from, int count) {
    return new Node(value.columns(from, count), constant() ? null : gradient.columns(from, count));
  }

  /**
   * The same elements, row by row, in another shape: a view, whose gradient adds to this node's.
   *
   * @throws IllegalArgumentException if the elements are not as many, or rows have gaps between
   */
  public Node reshape(int rows, int columns) {
    return new Node(
        value.reshape(rows, columns), constant() ? null : gradient.reshape(rows, columns));
  }

  /** For example {@code 4x8}. */
  String shape() {
    return rows() + "x" + columns();
  }
}
