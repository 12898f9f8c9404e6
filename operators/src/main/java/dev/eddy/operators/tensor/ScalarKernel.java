package dev.eddy.operators.tensor;

import java.util.Arrays;

/**
 * The definition of correct, on heap arrays. Sums over k run in ascending order in float; functions
 * are evaluated in double by StrictMath, which has the same bits on every JVM, and rounded once. An
 * affine map's panels are its bias and its transposed weight, {@code [1 + inputs, outputs]}.
 */
final class ScalarKernel implements Arithmetic {
  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public Memory block(int floats) {
    return new HeapMemory(floats);
  }

  @Override
  public void fill(Tensor y, float value) {
    float[] ys = HeapMemory.of(y);
    for (int r = 0, yr = y.offset; r < y.rows(); r++, yr += y.stride) {
      Arrays.fill(ys, yr, yr + y.columns(), value);
    }
  }

  @Override
  public void copy(Tensor x, Tensor y) {
    for (int r = 0; r < x.rows(); r++) {
      int xr = x.offset + r * x.stride;
      System.arraycopy(
          HeapMemory.of(x), xr, HeapMemory.of(y), y.offset + r * y.stride, x.columns());
    }
  }

  @Override
  public void axpy(float a, Tensor x, Tensor y) {
    for (int r = 0; r < x.rows(); r++) {
      int xr = x.offset + r * x.stride;
      addRow(a, HeapMemory.of(x), xr, HeapMemory.of(y), y.offset + r * y.stride, x.columns());
    }
  }

  @Override
  public void scale(float a, Tensor y) {
    float[] ys = HeapMemory.of(y);
    for (int r = 0, yr = y.offset; r < y.rows(); r++, yr += y.stride) {
      for (int j = 0; j < y.columns(); j++) {
        ys[yr + j] *= a;
      }
    }
  }

  @Override
  public void addTransposed(Tensor x, Tensor y) {
    float[] xs = HeapMemory.of(x);
    float[] ys = HeapMemory.of(y);
    for (int r = 0; r < x.rows(); r++) {
      for (int c = 0; c < x.columns(); c++) {
        ys[y.offset + c * y.stride + r] += xs[x.offset + r * x.stride + c];
      }
    }
  }

  @Override
  public void multiplyAdd(Tensor a, Tensor b, Tensor y) {
    float[] as = HeapMemory.of(a);
    float[] bs = HeapMemory.of(b);
    float[] ys = HeapMemory.of(y);
    for (int r = 0; r < y.rows(); r++) {
      int ar = a.offset + r * a.stride;
      int br = b.offset + r * b.stride;
      int yr = y.offset + r * y.stride;
      for (int j = 0; j < y.columns(); j++) {
        ys[yr + j] += as[ar + j] * bs[br + j];
      }
    }
  }

  @Override
  public void map(Function f, Tensor x, Tensor y) {
    ScalarElements.map(f, x, y);
  }

  @Override
  public void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    ScalarElements.mapGradient(f, x, y, dy, dx);
  }

  @Override
  public void select(boolean greater, Tensor a, Tensor b, Tensor y, Tensor first) {
    ScalarElements.select(greater, a, b, y, first);
  }

  @Override
  public void clamp(float limit, Tensor y) {
    ScalarElements.clamp(limit, y);
  }

  @Override
  public void normalize(Tensor x, float epsilon, Tensor y, Tensor inverse) {
    ScalarElements.normalize(x, epsilon, y, inverse);
  }

  @Override
  public void normalizeGradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx) {
    ScalarElements.normalizeGradient(y, inverse, dy, dx);
  }

  @Override
  public void addRow(Tensor row, Tensor y) {
    for (int r = 0; r < y.rows(); r++) {
      int yr = y.offset + r * y.stride;
      addRow(1, HeapMemory.of(row), row.offset, HeapMemory.of(y), yr, y.columns());
    }
  }

  @Override
  public void addRowSum(Tensor x, Tensor row) {
    for (int r = 0; r < x.rows(); r++) {
      int xr = x.offset + r * x.stride;
      addRow(1, HeapMemory.of(x), xr, HeapMemory.of(row), row.offset, x.columns());
    }
  }

  @Override
  public void multiply(Tensor a, Tensor b, Tensor y) {
    product(a, a.stride, 1, a.columns(), b, b.offset, y);
  }

  @Override
  public void packRows(Tensor b, Panels panels) {
    for (int k = 0; k < b.rows(); k++) {
      System.arraycopy(
          HeapMemory.of(b),
          b.offset + k * b.stride,
          HeapMemory.of(panels.weights),
          panels.weights.offset + (1 + k) * panels.outputs,
          panels.outputs);
    }
  }

  @Override
  public void multiply(Tensor a, Panels b, Tensor y) {
    product(a, a.stride, 1, b.inputs, b.weights, b.weights.offset + b.outputs, y);
  }

  @Override
  public void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y) {
    product(a, 1, a.stride, a.rows(), b, b.offset, y);
  }

  @Override
  public Panels affinePanels(Scope scope, int inputs, int outputs) {
    return new Panels(inputs, outputs, null, scope.allocate(1 + inputs, outputs), null, null);
  }

  @Override
  public void packAffine(Tensor weight, Tensor bias, Panels panels) {
    float[] ws = HeapMemory.of(weight);
    float[] panel = HeapMemory.of(panels.weights);
    int at = panels.weights.offset;
    int outputs = panels.outputs;
    Arrays.fill(panel, at, at + outputs, 0);
    if (bias != null) {
      System.arraycopy(HeapMemory.of(bias), bias.offset, panel, at, outputs);
    }
    for (int o = 0; o < outputs; o++) {
      for (int k = 0; k < panels.inputs; k++) {
        panel[at + (1 + k) * outputs + o] = ws[weight.offset + o * weight.stride + k];
      }
    }
  }

  @Override
  public void affine(Tensor x, Panels w, Tensor y) {
    fill(y, 0);
    addRow(w.weights, y);
    product(x, x.stride, 1, w.inputs, w.weights, w.weights.offset + w.outputs, y);
  }

  @Override
  public Panels cellPanels(Scope scope, Cell cell, int inputs, int hidden) {
    return ScalarCells.panels(scope, cell, inputs, hidden);
  }

  @Override
  public void packCell(
      Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels) {
    ScalarCells.pack(weightIh, weightHh, biasIh, biasHh, panels);
  }

  @Override
  public void step(CellStep step, Panels w) {
    ScalarCells.step(step, w);
  }

  @Override
  public void stepGradient(CellStep step, CellGradient gradient, Cell cell) {
    switch (cell) {
      case LSTM -> ScalarCellGradients.lstm(step, gradient);
      case GRU -> ScalarCellGradients.gru(step, gradient, false);
      case GRU_RESET_BEFORE -> ScalarCellGradients.gru(step, gradient, true);
      case MGU -> ScalarCellGradients.mgu(step, gradient);
      default -> {
        Tensor h = step.gates();
        fill(gradient.dIh(), 0);
        mapGradient(cell.activation(), h, h, gradient.dhNext(), gradient.dIh());
      }
    }
  }

  @Override
  public void resetGradient(CellStep step, CellGradient gradient) {
    ScalarCellGradients.reset(step, gradient);
  }

  @Override
  public void softmax(Tensor x, Tensor y) {
    ScalarOutput.softmax(x, y);
  }

  @Override
  public void argmax(Tensor x, int[] indices) {
    ScalarOutput.argmax(x, indices);
  }

  @Override
  public void crossEntropy(Tensor logits, int[] labels, Tensor probabilities, Tensor losses) {
    ScalarOutput.crossEntropy(logits, labels, probabilities, losses);
  }

  @Override
  public void crossEntropyGradient(
      Tensor probabilities, int[] labels, Tensor dLosses, Tensor dLogits) {
    ScalarOutput.crossEntropyGradient(probabilities, labels, dLosses, dLogits);
  }

  @Override
  public void embeddingBag(Tensor table, int[] indices, int[] offsets, Tensor y) {
    fill(y, 0);
    for (int r = 0; r < y.rows(); r++) {
      int yr = y.offset + r * y.stride;
      for (int j = offsets[r]; j < offsets[r + 1]; j++) {
        int row = table.offset + indices[j] * table.stride;
        addRow(1, HeapMemory.of(table), row, HeapMemory.of(y), yr, y.columns());
      }
    }
  }

  @Override
  public void embeddingBagGradient(Tensor dy, int[] indices, int[] offsets, Tensor dTable) {
    for (int r = 0; r < dy.rows(); r++) {
      int dyr = dy.offset + r * dy.stride;
      for (int j = offsets[r]; j < offsets[r + 1]; j++) {
        int row = dTable.offset + indices[j] * dTable.stride;
        addRow(1, HeapMemory.of(dy), dyr, HeapMemory.of(dTable), row, dy.columns());
      }
    }
  }

  @Override
  public double sumOfSquares(Tensor x) {
    float[] xs = HeapMemory.of(x);
    double sum = 0;
    for (int r = 0, xr = x.offset; r < x.rows(); r++, xr += x.stride) {
      for (int j = 0; j < x.columns(); j++) {
        sum += (double) xs[xr + j] * xs[xr + j];
      }
    }
    return sum;
  }

  @Override
  public void adam(Tensor w, Tensor g, Tensor m, Tensor v, AdamStep step) {
    float rate = step.rate();
    float correction = step.correction();
    for (int r = 0; r < w.rows(); r++) {
      adamRow(w, r, g, r, m, v, step, rate, correction);
    }
  }

  @Override
  public void adamRows(
      Tensor w, int[] rows, int from, int to, Tensor g, Tensor m, Tensor v, AdamStep step) {
    float rate = step.rate();
    float correction = step.correction();
    for (int j = from; j < to; j++) {
      adamRow(w, rows[j], g, j, m, v, step, rate, correction);
    }
  }

  /** {@code y[yr..] += a x[xr..]}, n elements. */
  static void addRow(float a, float[] x, int xr, float[] y, int yr, int n) {
    for (int j = 0; j < n; j++) {
      y[yr + j] += a * x[xr + j];
    }
  }

  /**
   * {@code y[yr..] += sum over k of x[xr + k * xStep] * w[wr + k * wRow..]}, m elements, k
   * ascending from 0 to inner. Four k at a time, which keeps the order of each sum and saves loads
   * and stores of y.
   */
  static void addProduct(
      float[] x,
      int xr,
      int xStep,
      int inner,
      float[] w,
      int wr,
      int wRow,
      float[] y,
      int yr,
      int m) {
    int k = 0;
    for (; k + 4 <= inner; k += 4) {
      float x0 = x[xr + k * xStep];
      float x1 = x[xr + (k + 1) * xStep];
      float x2 = x[xr + (k + 2) * xStep];
      float x3 = x[xr + (k + 3) * xStep];
      int w0 = wr + k * wRow;
      int w1 = w0 + wRow;
      int w2 = w1 + wRow;
      int w3 = w2 + wRow;
      for (int j = 0; j < m; j++) {
        y[yr + j] =
            (((y[yr + j] + x0 * w[w0 + j]) + x1 * w[w1 + j]) + x2 * w[w2 + j]) + x3 * w[w3 + j];
      }
    }
    for (; k < inner; k++) {
      addRow(x[xr + k * xStep], w, wr + k * wRow, y, yr, m);
    }
  }

  /** y {@code [n, m]} += a b; element {@code [i, k]} of a is {@code i * aRow + k * aColumn} in. */
  private static void product(
      Tensor a, int aRow, int aColumn, int inner, Tensor b, int bOffset, Tensor y) {
    float[] as = HeapMemory.of(a);
    float[] bs = HeapMemory.of(b);
    float[] ys = HeapMemory.of(y);
    for (int i = 0; i < y.rows(); i++) {
      int ar = a.offset + i * aRow;
      int yr = y.offset + i * y.stride;
      addProduct(as, ar, aColumn, inner, bs, bOffset, b.stride, ys, yr, y.columns());
    }
  }

  private static void adamRow(
      Tensor w,
      int row,
      Tensor g,
      int gRow,
      Tensor m,
      Tensor v,
      AdamStep step,
      float rate,
      float correction) {
    float[] ws = HeapMemory.of(w);
    float[] gs = HeapMemory.of(g);
    float[] ms = HeapMemory.of(m);
    float[] vs = HeapMemory.of(v);
    int wr = w.offset + row * w.stride;
    int gr = g.offset + gRow * g.stride;
    int mr = m.offset + row * m.stride;
    int vr = v.offset + row * v.stride;
    float beta1 = (float) step.beta1();
    float beta2 = (float) step.beta2();
    float rest1 = (float) (1 - step.beta1());
    float rest2 = (float) (1 - step.beta2());
    float epsilon = (float) step.epsilon();
    for (int j = 0; j < w.columns(); j++) {
      float slope = gs[gr + j];
      float first = beta1 * ms[mr + j] + rest1 * slope;
      float second = beta2 * vs[vr + j] + rest2 * slope * slope;
      ms[mr + j] = first;
      vs[vr + j] = second;
      ws[wr + j] -= rate * first / ((float) Math.sqrt(second) * correction + epsilon);
    }
  }
}
