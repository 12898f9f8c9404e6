package dev.eddy.operators.tensor;

/**
 * The logarithm and softplus of the vector kernel, element by element in double: they stand in
 * losses, not in the loops that decide the speed.
 */
final class Logarithms {
  private Logarithms() {}

  static void map(Function f, Tensor x, Tensor y) {
    for (int r = 0; r < y.rows(); r++) {
      for (int j = 0; j < y.columns(); j++) {
        float v = Products.get(x, r, j);
        float result = f == Function.LOG ? (float) StrictMath.log(v) : ScalarElements.softplus(v);
        Products.set(y, r, j, result);
      }
    }
  }

  static void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    for (int r = 0; r < y.rows(); r++) {
      for (int j = 0; j < y.columns(); j++) {
        float slope =
            f == Function.LOG
                ? 1 / Products.get(x, r, j)
                : ScalarElements.softplusSlope(Products.get(y, r, j));
        Products.set(dx, r, j, Products.get(dx, r, j) + Products.get(dy, r, j) * slope);
      }
    }
  }
}
