package dev.eddy.operators.tensor;

/**
 * What {@link Kernel} promises, without its checks: every argument has the right shape, lives, and
 * lies in this kernel's memory. Implemented by the scalar and by the vector kernel.
 */
interface Arithmetic {
  String name();

  /** New memory of that many floats, zero-filled, beginning on a 64-byte boundary if off-heap. */
  Memory block(int floats);

  void fill(Tensor y, float value);

  void copy(Tensor x, Tensor y);

  void axpy(float a, Tensor x, Tensor y);

  void scale(float a, Tensor y);

  void addTransposed(Tensor x, Tensor y);

  void multiplyAdd(Tensor a, Tensor b, Tensor y);

  void map(Function f, Tensor x, Tensor y);

  void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx);

  void select(boolean greater, Tensor a, Tensor b, Tensor y, Tensor first);

  void clamp(float limit, Tensor y);

  void normalize(Tensor x, float epsilon, Tensor y, Tensor inverse);

  void normalizeGradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx);

  void addRow(Tensor row, Tensor y);

  void addRowSum(Tensor x, Tensor row);

  void multiply(Tensor a, Tensor b, Tensor y);

  void packRows(Tensor b, Panels panels);

  void multiply(Tensor a, Panels b, Tensor y);

  void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y);

  Panels affinePanels(Scope scope, int inputs, int outputs);

  void packAffine(Tensor weight, Tensor bias, Panels panels);

  void affine(Tensor x, Panels w, Tensor y);

  Panels cellPanels(Scope scope, Cell cell, int inputs, int hidden);

  void packCell(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels);

  void step(CellStep step, Panels w);

  void stepGradient(CellStep step, CellGradient gradient, Cell cell);

  void resetGradient(CellStep step, CellGradient gradient);

  void softmax(Tensor x, Tensor y);

  void argmax(Tensor x, int[] indices);

  void crossEntropy(Tensor logits, int[] labels, Tensor probabilities, Tensor losses);

  void crossEntropyGradient(Tensor probabilities, int[] labels, Tensor dLosses, Tensor dLogits);

  void embeddingBag(Tensor table, int[] indices, int[] offsets, Tensor y);

  void embeddingBagGradient(Tensor dy, int[] indices, int[] offsets, Tensor dTable);

  double sumOfSquares(Tensor x);

  void adam(Tensor w, Tensor g, Tensor m, Tensor v, AdamStep step);

  void adamRows(
      Tensor w, int[] rows, int from, int to, Tensor g, Tensor m, Tensor v, AdamStep step);
}
