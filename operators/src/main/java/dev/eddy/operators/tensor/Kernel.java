package dev.eddy.operators.tensor;

/**
 * The arithmetic. Two implementations: the scalar one defines what is correct, the vector one is
 * fast. Tensors are matrices {@code [rows, columns]} of float32. A row's result never depends, in
 * any bit, on the other rows: every output element is accumulated in the same order over k.
 * Gradients are added to what is there. Shapes are checked; nothing is allocated.
 */
public interface Kernel {
  /** For example {@code scalar} or {@code vector-512}. */
  String name();

  /** A new owner of memory for this kernel's tensors. */
  Scope open();

  // element-wise, equal shapes

  /** y = value. */
  void fill(Tensor y, float value);

  /** y = x. */
  void copy(Tensor x, Tensor y);

  /** y += a x. */
  void axpy(float a, Tensor x, Tensor y);

  /** y *= a. */
  void scale(float a, Tensor y);

  /** y += a * b, element-wise. */
  void multiplyAdd(Tensor a, Tensor b, Tensor y);

  /** y = f(x). */
  void map(Function f, Tensor x, Tensor y);

  /** dx += dy * f'(x), given x and y = f(x). */
  void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx);

  /** Every row of y {@code [n, m]} += row {@code [1, m]}. */
  void addRow(Tensor row, Tensor y);

  /** row {@code [1, m]} += the sum of the rows of x {@code [n, m]}. */
  void addRowSum(Tensor x, Tensor row);

  // products

  /** y {@code [n, m]} += a {@code [n, k]} b {@code [k, m]}. */
  void multiply(Tensor a, Tensor b, Tensor y);

  /** y {@code [n, m]} += aᵀ b, a {@code [k, n]}, b {@code [k, m]}. */
  void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y);

  /** Room for the weight {@code [outputs, inputs]} and the bias of an affine map. */
  Panels affinePanels(Scope scope, int inputs, int outputs);

  /** Lays the weight and the bias {@code [1, outputs]} (null for none) out for {@link #affine}. */
  void packAffine(Tensor weight, Tensor bias, Panels panels);

  /** y {@code [n, outputs]} = x {@code [n, inputs]} Wᵀ + b. */
  void affine(Tensor x, Panels w, Tensor y);

  // the fused LSTM step; gates in PyTorch's order i, f, g, o

  Panels lstmPanels(Scope scope, int inputs, int hidden);

  /** Weights {@code [4H, D]} and {@code [4H, H]}, biases {@code [1, 4H]} (their sum is used). */
  void packLstm(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels);

  /**
   * One timestep: x {@code [n, D]}, h and c {@code [n, H]} to hNext and cNext {@code [n, H]}; gates
   * {@code [n, 4H]} after their activations, null where no gradient will be asked for. hNext may be
   * h, and cNext may be c.
   */
  void lstm(Tensor x, Tensor h, Tensor c, Panels w, Tensor gates, Tensor hNext, Tensor cNext);

  /**
   * Backward through the element-wise part of one timestep. dhNext {@code [n, H]} is read; dc
   * {@code [n, H]} holds the gradient of cNext and is replaced by that of c; dGates {@code [n, 4H]}
   * is set to the gradient before the activations.
   */
  void lstmGradient(Tensor gates, Tensor c, Tensor cNext, Tensor dhNext, Tensor dc, Tensor dGates);

  // the output

  /** Row-wise softmax. */
  void softmax(Tensor x, Tensor y);

  /** Index of the greatest element of each row, the first of equals. */
  void argmax(Tensor x, int[] indices);

  /**
   * Row-wise softmax and, by LogSumExp, its cross entropy against the labels: probabilities {@code
   * [n, m]}, losses {@code [n, 1]}; a negative label gives loss 0.
   */
  void crossEntropy(Tensor logits, int[] labels, Tensor probabilities, Tensor losses);

  /** dLogits += dLosses (p - y) row by row, nothing where the label is negative. */
  void crossEntropyGradient(Tensor probabilities, int[] labels, Tensor dLosses, Tensor dLogits);

  // the embedding bag: row i of y sums the table rows of indices[offsets[i]] to
  // indices[offsets[i+1]-1]

  void embeddingBag(Tensor table, int[] indices, int[] offsets, Tensor y);

  /** dTable[indices[j]] += dy[i] for each j of row i; dTable may hold only the touched rows. */
  void embeddingBagGradient(Tensor dy, int[] indices, int[] offsets, Tensor dTable);

  // learning

  double sumOfSquares(Tensor x);

  /** Adam (Kingma and Ba 2015) with PyTorch's epsilon placement; step counts from 1. */
  void adam(Tensor w, Tensor g, Tensor m, Tensor v, AdamStep step);

  /** The same for {@code rows[0..n)} of w, m and v only, with row j of g for {@code rows[j]}. */
  void adamRows(Tensor w, int[] rows, int n, Tensor g, Tensor m, Tensor v, AdamStep step);
}
