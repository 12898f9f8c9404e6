package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Scope;

/**
 * A dense weight of a model: a named node that outlives the tapes that read it. Its owner zeroes
 * the gradient before each backward run.
 *
 * @param name as in the model's file, for example {@code rnn.weight_ih_l0}
 */
public record Parameter(String name, Node node) {
  /** A parameter of the given shape with the given values, row-major, and a zero gradient. */
  public static Parameter of(Scope scope, String name, int rows, int columns, float[] values) {
    Node node = new Node(scope.allocate(rows, columns), scope.allocate(rows, columns));
    node.value().set(values);
    return new Parameter(name, node);
  }
}
