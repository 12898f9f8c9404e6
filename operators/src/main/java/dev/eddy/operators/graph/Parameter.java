package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Scope;

/**
 * A dense weight of a model: a named node that outlives the tapes that read it. Its owner zeroes
 * the gradient before each backward run.
 *
 * @param name as in the model's file, for example {@code rnn.weight_ih_l0}
 * @param matrix whether it is a W, which a product takes to its inputs; not so are the vectors that
 *     are added or scale element by element: biases, gains, shifts, slopes
 */
public record Parameter(String name, Node node, boolean matrix) {
  /** A parameter of the given shape with the given values, row-major, and a zero gradient. */
  public static Parameter of(
      Scope scope, String name, boolean matrix, int rows, int columns, float[] values) {
    Rule.present(name, "values", values);
    Node node = new Node(scope.allocate(rows, columns), scope.allocate(rows, columns));
    node.value().set(values);
    return new Parameter(name, node, matrix);
  }

  /** The same values with a gradient of its own, in that scope. */
  public Parameter twin(Scope scope) {
    Node twin = new Node(node.value(), scope.allocate(node.rows(), node.columns()));
    return new Parameter(name, twin, matrix);
  }
}
