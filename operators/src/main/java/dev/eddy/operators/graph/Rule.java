package dev.eddy.operators.graph;

/** The rules that shapes must follow, and the one line that says which was broken. */
public final class Rule {
  private Rule() {}

  static void sameShape(String operation, Node left, Node right) {
    if (left == null
        || right == null
        || left.rows() != right.rows()
        || left.columns() != right.columns()) {
      throw broken(operation, left, right, "shapes must be equal");
    }
  }

  /** It must be there. */
  public static void present(String operation, String what, Object given) {
    if (given == null) {
      throw new IllegalArgumentException(operation + ": " + what + " is missing");
    }
  }

  /** The node must be there, {@code [rows, columns]}. */
  public static void shape(String operation, String what, Node node, int rows, int columns) {
    if (node == null) {
      throw new IllegalArgumentException(
          operation + ": " + what + " is missing; must be " + rows + "x" + columns);
    }
    if (node.rows() != rows || node.columns() != columns) {
      throw new IllegalArgumentException(
          operation + ": " + what + " is " + node.shape() + "; must be " + rows + "x" + columns);
    }
  }

  static void length(String operation, String what, int[] array, int length) {
    if (array == null || array.length != length) {
      throw new IllegalArgumentException(
          operation
              + (": " + what)
              + (array == null ? " is missing" : " has length " + array.length)
              + ("; must be " + length));
    }
  }

  static IllegalArgumentException broken(String operation, Node left, Node right, String rule) {
    return new IllegalArgumentException(
        operation + ": left is " + shape(left) + ", right is " + shape(right) + "; " + rule);
  }

  private static String shape(Node node) {
    return node == null ? "missing" : node.shape();
  }
}
