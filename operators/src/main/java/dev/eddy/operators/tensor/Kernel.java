package dev.eddy.operators.tensor;

/**
 * The arithmetic: the one way to compute with tensors, which are matrices {@code [rows, columns]}
 * of float32. Get one from {@link Kernels}. Behind it works a scalar implementation, which defines
 * what is correct, or a vector one, which is fast.
 *
 * <p>A row's result never depends, in any bit, on the other rows: every output element is
 * accumulated in the same order over k. Gradients are added to what is there. Nothing is allocated.
 * A result may be the very same tensor as an operand in element-wise operations and in {@link
 * #softmax}, and where said; otherwise results and operands share no memory.
 *
 * <p>All methods throw {@link IllegalArgumentException} for shapes that do not fit, labels, indices
 * or arrays that are out of range, and tensors of another kernel; {@link IllegalStateException} for
 * tensors whose scope was reset or closed. Not to be called by two threads on the same results.
 */
public final class Kernel {
  private final Arithmetic arithmetic;

  Kernel(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  /** For example {@code scalar} or {@code vector-512}. */
  public String name() {
    return arithmetic.name();
  }

  /** A new owner of memory for this kernel's tensors. */
  public Scope open() {
    return new Scope(this);
  }

  Memory block(int floats) {
    return arithmetic.block(floats);
  }

  // element-wise, equal shapes

  /** y = value. */
  public void fill(Tensor y, float value) {
    Checks.use(this, "fill", "y", y);
    arithmetic.fill(y, value);
  }

  /** y = x. */
  public void copy(Tensor x, Tensor y) {
    Checks.use(this, "copy", "x", x);
    like("copy", "y", y, x);
    arithmetic.copy(x, y);
  }

  /** y += a x. */
  public void axpy(float a, Tensor x, Tensor y) {
    Checks.use(this, "axpy", "x", x);
    like("axpy", "y", y, x);
    arithmetic.axpy(a, x, y);
  }

  /** y *= a. */
  public void scale(float a, Tensor y) {
    Checks.use(this, "scale", "y", y);
    arithmetic.scale(a, y);
  }

  /** y {@code [m, n]} += xᵀ, x {@code [n, m]}. */
  public void addTransposed(Tensor x, Tensor y) {
    Checks.use(this, "addTransposed", "x", x);
    Checks.shape(this, "addTransposed", "y", y, x.columns(), x.rows());
    Checks.apart("addTransposed", "y", y, "x", x);
    arithmetic.addTransposed(x, y);
  }

  /** y += a * b, element-wise. */
  public void multiplyAdd(Tensor a, Tensor b, Tensor y) {
    Checks.use(this, "multiplyAdd", "a", a);
    like("multiplyAdd", "b", b, a);
    like("multiplyAdd", "y", y, a);
    arithmetic.multiplyAdd(a, b, y);
  }

  /** y = f(x). */
  public void map(Function f, Tensor x, Tensor y) {
    Checks.use(this, "map", "x", x);
    like("map", "y", y, x);
    arithmetic.map(f, x, y);
  }

  /**
   * dx += dy * f'(x), given x and y = f(x).
   *
   * @throws UnsupportedOperationException if f is not differentiable
   */
  public void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    if (!f.differentiable()) {
      throw new UnsupportedOperationException(
          f
              + ": its derivative is 0 wherever it has one; train with SIGMOID, TANH or RELU instead");
    }
    Checks.use(this, "mapGradient", "x", x);
    like("mapGradient", "y", y, x);
    like("mapGradient", "dy", dy, x);
    like("mapGradient", "dx", dx, x);
    arithmetic.mapGradient(f, x, y, dy, dx);
  }

  /** y = the greater of a and b, or the lesser; first = 1 where it is a, 0 where b; a wins ties. */
  public void select(boolean greater, Tensor a, Tensor b, Tensor y, Tensor first) {
    Checks.use(this, "select", "a", a);
    like("select", "b", b, a);
    like("select", "y", y, a);
    like("select", "first", first, a);
    arithmetic.select(greater, a, b, y, first);
  }

  /** y = y where it is within -limit and limit, else the nearer of these; NaN stays. */
  public void clamp(float limit, Tensor y) {
    Checks.use(this, "clamp", "y", y);
    arithmetic.clamp(limit, y);
  }

  /**
   * Each row less its mean, over its deviation: y {@code [n, m]} = (x - mean) * inverse, with
   * inverse {@code [n, 1]} = 1 / sqrt(variance + epsilon), the variance over m.
   */
  public void normalize(Tensor x, float epsilon, Tensor y, Tensor inverse) {
    Checks.use(this, "normalize", "x", x);
    like("normalize", "y", y, x);
    Checks.shape(this, "normalize", "inverse", inverse, x.rows(), 1);
    arithmetic.normalize(x, epsilon, y, inverse);
  }

  /** dx += inverse * (dy - mean(dy) - y * mean(dy * y)), the means over each row. */
  public void normalizeGradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx) {
    Checks.use(this, "normalizeGradient", "y", y);
    Checks.shape(this, "normalizeGradient", "inverse", inverse, y.rows(), 1);
    like("normalizeGradient", "dy", dy, y);
    like("normalizeGradient", "dx", dx, y);
    arithmetic.normalizeGradient(y, inverse, dy, dx);
  }

  /** Every row of y {@code [n, m]} += row {@code [1, m]}. */
  public void addRow(Tensor row, Tensor y) {
    Checks.use(this, "addRow", "y", y);
    Checks.shape(this, "addRow", "row", row, 1, y.columns());
    Checks.apart("addRow", "y", y, "row", row);
    arithmetic.addRow(row, y);
  }

  /** row {@code [1, m]} += the sum of the rows of x {@code [n, m]}. */
  public void addRowSum(Tensor x, Tensor row) {
    Checks.use(this, "addRowSum", "x", x);
    Checks.shape(this, "addRowSum", "row", row, 1, x.columns());
    Checks.apart("addRowSum", "row", row, "x", x);
    arithmetic.addRowSum(x, row);
  }

  // products

  /** y {@code [n, m]} += a {@code [n, k]} b {@code [k, m]}. */
  public void multiply(Tensor a, Tensor b, Tensor y) {
    Checks.use(this, "multiply", "a", a);
    Checks.use(this, "multiply", "b", b);
    if (a.columns() != b.rows()) {
      throw inner("multiply", a, b);
    }
    Checks.shape(this, "multiply", "y", y, a.rows(), b.columns());
    Checks.apart("multiply", "y", y, "a", a);
    Checks.apart("multiply", "y", y, "b", b);
    arithmetic.multiply(a, b, y);
  }

  /** Room for the rows of b {@code [k, m]} is {@link #affinePanels} of k inputs and m outputs. */
  public void packRows(Tensor b, Panels panels) {
    Checks.use(this, "packRows", "b", b);
    Checks.panels(this, "packRows", panels, null, b.rows(), b.columns());
    arithmetic.packRows(b, panels);
  }

  /** y {@code [n, m]} += a {@code [n, k]} b, laid out by {@link #packRows}. */
  public void multiply(Tensor a, Panels b, Tensor y) {
    Checks.use(this, "multiply", "a", a);
    Checks.panels(this, "multiply", b, null, a.columns(), y.columns());
    Checks.shape(this, "multiply", "y", y, a.rows(), b.outputs);
    Checks.apart("multiply", "y", y, "a", a);
    arithmetic.multiply(a, b, y);
  }

  /** y {@code [n, m]} += aᵀ b, a {@code [k, n]}, b {@code [k, m]}. */
  public void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y) {
    Checks.use(this, "multiplyLeftTransposed", "a", a);
    Checks.use(this, "multiplyLeftTransposed", "b", b);
    if (a.rows() != b.rows()) {
      throw inner("multiplyLeftTransposed", a, b);
    }
    Checks.shape(this, "multiplyLeftTransposed", "y", y, a.columns(), b.columns());
    Checks.apart("multiplyLeftTransposed", "y", y, "a", a);
    Checks.apart("multiplyLeftTransposed", "y", y, "b", b);
    arithmetic.multiplyLeftTransposed(a, b, y);
  }

  /** Room for the weight {@code [outputs, inputs]} and the bias of an affine map. */
  public Panels affinePanels(Scope scope, int inputs, int outputs) {
    Checks.size("affinePanels", "inputs", inputs);
    Checks.size("affinePanels", "outputs", outputs);
    return arithmetic.affinePanels(scope, inputs, outputs);
  }

  /** Lays the weight and the bias {@code [1, outputs]} (null for none) out for {@link #affine}. */
  public void packAffine(Tensor weight, Tensor bias, Panels panels) {
    Checks.use(this, "packAffine", "weight", weight);
    if (bias != null) {
      Checks.shape(this, "packAffine", "bias", bias, 1, weight.rows());
    }
    Checks.panels(this, "packAffine", panels, null, weight.columns(), weight.rows());
    arithmetic.packAffine(weight, bias, panels);
  }

  /** y {@code [n, outputs]} = x {@code [n, inputs]} Wᵀ + b. */
  public void affine(Tensor x, Panels w, Tensor y) {
    Checks.use(this, "affine", "x", x);
    Checks.panels(this, "affine", w, null, x.columns(), y.columns());
    Checks.shape(this, "affine", "y", y, x.rows(), w.outputs);
    Checks.apart("affine", "y", y, "x", x);
    arithmetic.affine(x, w, y);
  }

  // the fused steps of recurrent cells

  /** Room for the weights of a cell; of this scope, as long as it lives. */
  public Panels cellPanels(Scope scope, Cell cell, int inputs, int hidden) {
    Checks.size("cellPanels", "inputs", inputs);
    Checks.size("cellPanels", "hidden", hidden);
    return arithmetic.cellPanels(scope, cell, inputs, hidden);
  }

  /** Lays weights and biases {@code [1, blocks H]} out for {@link #step}. */
  public void packCell(
      Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels) {
    Checks.cell(this, weightIh, weightHh, biasIh, biasHh, panels);
    arithmetic.packCell(weightIh, weightHh, biasIh, biasHh, panels);
  }

  /** One timestep. */
  public void step(CellStep step, Panels w) {
    Checks.step(this, step, w);
    arithmetic.step(step, w);
  }

  /**
   * Backward through one timestep, but for the recurrent product: the caller adds {@code dHh W_hh}
   * of the {@link Cell#direct} blocks to dh. Where there are others, r's block of dIh is set to 0:
   * the caller adds {@code dHh W_hh} of the others to it, which is the gradient of r * h, and goes
   * on with {@link #resetGradient}.
   */
  public void stepGradient(CellStep step, CellGradient gradient, Cell cell) {
    Checks.gradient(this, step, gradient, cell);
    arithmetic.stepGradient(step, gradient, cell);
  }

  /** From the gradient of r * h in r's block of dIh to that of r's sum, in its place, and of h. */
  public void resetGradient(CellStep step, CellGradient gradient) {
    Checks.gradient(this, step, gradient, Cell.GRU_RESET_BEFORE);
    arithmetic.resetGradient(step, gradient);
  }

  // the output

  /** Row-wise softmax. */
  public void softmax(Tensor x, Tensor y) {
    Checks.use(this, "softmax", "x", x);
    like("softmax", "y", y, x);
    arithmetic.softmax(x, y);
  }

  /** Index of the greatest element of each row, the first of equals. */
  public void argmax(Tensor x, int[] indices) {
    Checks.use(this, "argmax", "x", x);
    Checks.length("argmax", "indices", indices.length, x.rows());
    arithmetic.argmax(x, indices);
  }

  /**
   * Row-wise softmax and, by LogSumExp, its cross entropy against the labels: probabilities {@code
   * [n, m]}, losses {@code [n, 1]}; a negative label gives loss 0.
   */
  public void crossEntropy(Tensor logits, int[] labels, Tensor probabilities, Tensor losses) {
    Checks.use(this, "crossEntropy", "logits", logits);
    like("crossEntropy", "probabilities", probabilities, logits);
    Checks.shape(this, "crossEntropy", "losses", losses, logits.rows(), 1);
    Checks.labels("crossEntropy", labels, logits.rows(), logits.columns());
    Checks.apart("crossEntropy", "probabilities", probabilities, "logits", logits);
    arithmetic.crossEntropy(logits, labels, probabilities, losses);
  }

  /** dLogits += dLosses (p - y) row by row, nothing where the label is negative. */
  public void crossEntropyGradient(
      Tensor probabilities, int[] labels, Tensor dLosses, Tensor dLogits) {
    Checks.use(this, "crossEntropyGradient", "probabilities", probabilities);
    Checks.shape(this, "crossEntropyGradient", "dLosses", dLosses, probabilities.rows(), 1);
    like("crossEntropyGradient", "dLogits", dLogits, probabilities);
    int rows = probabilities.rows();
    Checks.labels("crossEntropyGradient", labels, rows, probabilities.columns());
    arithmetic.crossEntropyGradient(probabilities, labels, dLosses, dLogits);
  }

  // the embedding bag: row i of y sums the table rows of indices[offsets[i]] to
  // indices[offsets[i+1]-1]

  /** y {@code [n, width]} = for each row the sum of its bag's rows of the table; 0 for an empty. */
  public void embeddingBag(Tensor table, int[] indices, int[] offsets, Tensor y) {
    Checks.use(this, "embeddingBag", "table", table);
    Checks.shape(this, "embeddingBag", "y", y, y.rows(), table.columns());
    Checks.bags("embeddingBag", indices, offsets, y.rows(), table.rows());
    Checks.apart("embeddingBag", "y", y, "table", table);
    arithmetic.embeddingBag(table, indices, offsets, y);
  }

  /** dTable[indices[j]] += dy[i] for each j of row i; dTable may hold only the touched rows. */
  public void embeddingBagGradient(Tensor dy, int[] indices, int[] offsets, Tensor dTable) {
    Checks.use(this, "embeddingBagGradient", "dy", dy);
    Checks.shape(this, "embeddingBagGradient", "dTable", dTable, dTable.rows(), dy.columns());
    Checks.bags("embeddingBagGradient", indices, offsets, dy.rows(), dTable.rows());
    Checks.apart("embeddingBagGradient", "dTable", dTable, "dy", dy);
    arithmetic.embeddingBagGradient(dy, indices, offsets, dTable);
  }

  // learning

  /** The sum of the squares of all elements. */
  public double sumOfSquares(Tensor x) {
    Checks.use(this, "sumOfSquares", "x", x);
    return arithmetic.sumOfSquares(x);
  }

  /** Adam (Kingma and Ba 2015) with PyTorch's epsilon placement; step counts from 1. */
  public void adam(Tensor w, Tensor g, Tensor m, Tensor v, AdamStep step) {
    Checks.use(this, "adam", "w", w);
    like("adam", "g", g, w);
    like("adam", "m", m, w);
    like("adam", "v", v, w);
    arithmetic.adam(w, g, m, v, step);
  }

  /**
   * The same for {@code rows[from..to)} of w, m and v only, with row j of g for {@code rows[j]}.
   */
  public void adamRows(
      Tensor w, int[] rows, int from, int to, Tensor g, Tensor m, Tensor v, AdamStep step) {
    Checks.use(this, "adamRows", "w", w);
    like("adamRows", "m", m, w);
    like("adamRows", "v", v, w);
    Checks.use(this, "adamRows", "g", g);
    Checks.length("adamRows", "rows", rows.length, to);
    if (g.columns() != w.columns() || g.rows() < to) {
      throw new IllegalArgumentException(
          "adamRows: g is " + g + ", must have " + to + " rows of " + w.columns());
    }
    Checks.rows("adamRows", rows, from, to, w.rows());
    arithmetic.adamRows(w, rows, from, to, g, m, v, step);
  }

  private void like(String operation, String name, Tensor t, Tensor other) {
    Checks.shape(this, operation, name, t, other.rows(), other.columns());
  }

  private static IllegalArgumentException inner(String operation, Tensor a, Tensor b) {
    return new IllegalArgumentException(
        operation + ": a is " + a + ", b is " + b + "; inner sizes must match");
  }
}
