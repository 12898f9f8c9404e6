package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;

/**
 * The fast kernel: off-heap memory and the vector API, in the one width that this machine prefers.
 * Nothing else of this project may use another width, since a second species in a JVM makes all
 * vector code many times slower. Compared with {@link ScalarKernel} by the tests; each element's
 * operations and their order depend on the vector width alone, so results have the same bits
 * whatever the batch.
 */
final class VectorKernel implements Arithmetic {
  /**
   * @throws ExceptionInInitializerError by an {@link IllegalCallerException} if this JVM denies
   *     native access
   */
  VectorKernel() {
    Objects.requireNonNull(SegmentMemory.ALL);
  }

  @Override
  public String name() {
    return "vector-" + FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }

  @Override
  public Memory block(int floats) {
    return new SegmentMemory(floats);
  }

  @Override
  public void fill(Tensor y, float value) {
    Elements.fill(y, value);
  }

  @Override
  public void copy(Tensor x, Tensor y) {
    Elements.copy(x, y);
  }

  @Override
  public void axpy(float a, Tensor x, Tensor y) {
    Elements.axpy(a, x, y);
  }

  @Override
  public void scale(float a, Tensor y) {
    Elements.scale(a, y);
  }

  @Override
  public void addTransposed(Tensor x, Tensor y) {
    Products.addTransposed(x, y);
  }

  @Override
  public void multiplyAdd(Tensor a, Tensor b, Tensor y) {
    Elements.multiplyAdd(a, b, y);
  }

  @Override
  public void map(Function f, Tensor x, Tensor y) {
    MemorySegment xs = SegmentMemory.of(x);
    MemorySegment ys = SegmentMemory.of(y);
    long x0 = SegmentMemory.at(x, 0);
    long y0 = SegmentMemory.at(y, 0);
    long xRow = SegmentMemory.step(x);
    long yRow = SegmentMemory.step(y);
    switch (f) {
      case SIGMOID -> Activations.sigmoid(xs, x0, xRow, ys, y0, yRow, y.rows(), y.columns());
      case TANH -> Activations.tanh(xs, x0, xRow, ys, y0, yRow, y.rows(), y.columns());
      case EXP -> {
        for (int r = 0; r < y.rows(); r++) {
          Activations.exp(xs, x0 + r * xRow, 0, ys, y0 + r * yRow, y.columns());
        }
      }
      case LOG, SOFTPLUS -> Logarithms.map(f, x, y);
      default -> Elements.map(f, x, y);
    }
  }

  @Override
  public void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    switch (f) {
      case LOG, SOFTPLUS -> Logarithms.mapGradient(f, x, y, dy, dx);
      default -> Elements.mapGradient(f, y, dy, dx);
    }
  }

  @Override
  public void select(boolean greater, Tensor a, Tensor b, Tensor y, Tensor first) {
    Elements.select(greater, a, b, y, first);
  }

  @Override
  public void clamp(float limit, Tensor y) {
    Elements.clamp(limit, y);
  }

  @Override
  public void normalize(Tensor x, float epsilon, Tensor y, Tensor inverse) {
    Normalization.forward(x, epsilon, y, inverse);
  }

  @Override
  public void normalizeGradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx) {
    Normalization.gradient(y, inverse, dy, dx);
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    Elements.addRow(row, y);
  }

  @Override
  public void addRowSum(Tensor x, Tensor row) {
    Elements.addRowSum(x, row);
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor y) {
    Products.multiply(a, b, y);
  }

  @Override
  public void packRows(Tensor b, Panels panels) {
    Products.packRows(b, panels);
  }

  @Override
  public void multiply(Tensor a, Panels b, Tensor y) {
    Products.multiply(a, b, y);
  }

  @Override
  public void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y) {
    Products.multiplyLeftTransposed(a, b, y);
  }

  @Override
  public Panels affinePanels(Scope scope, int inputs, int outputs) {
    return VectorAffine.panels(scope, inputs, outputs);
  }

  @Override
  public void packAffine(Tensor weight, Tensor bias, Panels panels) {
    VectorAffine.pack(weight, bias, panels);
  }

  @Override
  public void affine(Tensor x, Panels w, Tensor y) {
    VectorAffine.apply(x, w, y);
  }

  @Override
  public Panels cellPanels(Scope scope, Cell cell, int inputs, int hidden) {
    return VectorCells.panels(scope, cell, inputs, hidden);
  }

  @Override
  public void packCell(
      Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels) {
    VectorCells.pack(weightIh, weightHh, biasIh, biasHh, panels);
  }

  @Override
  public void step(CellStep step, Panels w) {
    VectorCells.step(step, w);
  }

  @Override
  public void stepGradient(CellStep step, CellGradient gradient, Cell cell) {
    switch (cell) {
      case LSTM -> VectorLstm.gradient(step, gradient);
      case GRU -> VectorGru.gradient(step, gradient, false);
      case GRU_RESET_BEFORE -> VectorGru.gradient(step, gradient, true);
      case MGU -> VectorRnn.mguGradient(step, gradient);
      default -> {
        Elements.fill(gradient.dIh(), 0);
        Elements.mapGradient(cell.activation(), step.gates(), gradient.dhNext(), gradient.dIh());
      }
    }
  }

  @Override
  public void resetGradient(CellStep step, CellGradient gradient) {
    VectorGru.resetGradient(step, gradient);
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    for (int r = 0; r < x.rows(); r++) {
      softmaxRow(x, greatest(x, r), y, r);
    }
  }

  @Override
  public void argmax(Tensor x, int[] indices) {
    MemorySegment xs = SegmentMemory.of(x);
    for (int r = 0; r < x.rows(); r++) {
      long x0 = SegmentMemory.at(x, r);
      float greatest = Reductions.greatest(xs, x0, x.columns());
      indices[r] = Reductions.first(xs, x0, x.columns(), greatest);
    }
  }

  @Override
  public void crossEntropy(Tensor logits, int[] labels, Tensor probabilities, Tensor losses) {
    for (int r = 0; r < logits.rows(); r++) {
      float greatest = greatest(logits, r);
      double logSum = greatest + StrictMath.log(softmaxRow(logits, greatest, probabilities, r));
      int label = labels[r];
      float loss = label < 0 ? 0 : (float) (logSum - Products.get(logits, r, label));
      Products.set(losses, r, 0, loss);
    }
  }

  @Override
  public void crossEntropyGradient(
      Tensor probabilities, int[] labels, Tensor dLosses, Tensor dLogits) {
    for (int r = 0; r < probabilities.rows(); r++) {
      if (labels[r] >= 0) {
        float dLoss = Products.get(dLosses, r, 0);
        Elements.addRow(dLoss, probabilities, r, dLogits, r);
        Products.set(dLogits, r, labels[r], Products.get(dLogits, r, labels[r]) - dLoss);
      }
    }
  }

  @Override
  public void embeddingBag(Tensor table, int[] indices, int[] offsets, Tensor y) {
    for (int r = 0; r < y.rows(); r++) {
      Elements.bag(table, indices, offsets[r], offsets[r + 1], y, r);
    }
  }

  @Override
  public void embeddingBagGradient(Tensor dy, int[] indices, int[] offsets, Tensor dTable) {
    for (int r = 0; r < dy.rows(); r++) {
      for (int j = offsets[r]; j < offsets[r + 1]; j++) {
        Elements.addRow(1, dy, r, dTable, indices[j]);
      }
    }
  }

  @Override
  public double sumOfSquares(Tensor x) {
    return Reductions.sumOfSquares(x);
  }

  @Override
  public void adam(Tensor w, Tensor g, Tensor m, Tensor v, AdamStep step) {
    Adam.step(w, g, m, v, step);
  }

  @Override
  public void adamRows(
      Tensor w, int[] rows, int from, int to, Tensor g, Tensor m, Tensor v, AdamStep step) {
    Adam.stepRows(w, rows, from, to, g, m, v, step);
  }

  /** Row r of y = softmax of row r of x, whose greatest element is given; returns its divisor. */
  private static float softmaxRow(Tensor x, float greatest, Tensor y, int r) {
    MemorySegment xs = SegmentMemory.of(x);
    MemorySegment ys = SegmentMemory.of(y);
    long x0 = SegmentMemory.at(x, r);
    float sum = Activations.exp(xs, x0, greatest, ys, SegmentMemory.at(y, r), x.columns());
    Elements.scaleRow(1 / sum, y, r);
    return sum;
  }

  private static float greatest(Tensor x, int r) {
    return Reductions.greatest(SegmentMemory.of(x), SegmentMemory.at(x, r), x.columns());
  }
}
