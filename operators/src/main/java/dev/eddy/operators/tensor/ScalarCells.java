package dev.eddy.operators.tensor;

/**
 * The recurrent steps of the scalar kernel; {@link Cell} has the equations. Panels are {@code [1 +
 * D + H, gates H]}: the biases, the transposed input weights, the transposed recurrent weights,
 * each in the columns of its gate.
 */
final class ScalarCells {
  private ScalarCells() {}

  static Panels panels(Scope scope, Cell cell, int inputs, int hidden) {
    int columns = cell.gates() * hidden;
    Tensor weights = scope.allocate(1 + inputs + hidden, columns);
    return new Panels(inputs, hidden, cell, weights, scope.allocate(1, columns), null);
  }

  static void pack(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels) {
    int hidden = panels.outputs;
    int stride = panels.weights.stride;
    float[] ws = HeapMemory.of(panels.weights);
    int bias = panels.weights.offset;
    int ih = bias + stride;
    int hh = ih + panels.inputs * stride;
    for (int o = 0; o < weightIh.rows(); o++) {
      int recurrent = panels.cell.recurrentGate(o / hidden) * hidden + o % hidden;
      ws[bias + recurrent] = 0;
      ws[bias + o] = HeapMemory.of(biasIh)[biasIh.offset + o];
      ws[bias + recurrent] += HeapMemory.of(biasHh)[biasHh.offset + o];
      turn(weightIh, o, ws, ih + o, stride);
      turn(weightHh, o, ws, hh + recurrent, stride);
    }
  }

  /** Lays row {@code o} of a weight down a column. */
  private static void turn(Tensor weight, int o, float[] ws, int at, int stride) {
    float[] from = HeapMemory.of(weight);
    for (int k = 0; k < weight.columns(); k++) {
      ws[at + k * stride] = from[weight.offset + o * weight.stride + k];
    }
  }

  static void step(CellStep s, Panels w) {
    int hidden = w.outputs;
    Tensor sums = s.gates() == null ? w.scratch : s.gates();
    float[] zs = HeapMemory.of(sums);
    float[] hs = HeapMemory.of(s.h());
    float[] hNexts = HeapMemory.of(s.hNext());
    float[] ws = HeapMemory.of(w.weights);
    int stride = w.weights.stride;
    int hh = w.weights.offset + (1 + w.inputs) * stride;
    for (int r = 0; r < s.x().rows(); r++) {
      int z = s.gates() == null ? sums.offset : sums.offset + r * sums.stride;
      int h = s.h().offset + r * s.h().stride;
      int to = s.hNext().offset + r * s.hNext().stride;
      int columns = w.cell.gates() * hidden;
      System.arraycopy(ws, w.weights.offset, zs, z, columns);
      int x = s.x().offset + r * s.x().stride;
      int ih = w.weights.offset + stride;
      float[] xs = HeapMemory.of(s.x());
      ScalarKernel.addProduct(xs, x, 1, w.inputs, ws, ih, stride, zs, z, columns);
      boolean before = w.cell == Cell.GRU_RESET_BEFORE;
      int direct = before ? 2 * hidden : columns;
      ScalarKernel.addProduct(hs, h, 1, hidden, ws, hh, stride, zs, z, direct);
      switch (w.cell) {
        case LSTM -> lstm(s, r, zs, z);
        case GRU -> gru(zs, z, hs, h, hNexts, to, hidden);
        case GRU_RESET_BEFORE -> {
          int reset = z + 3 * hidden;
          for (int j = 0; j < hidden; j++) {
            zs[z + j] = ScalarElements.sigmoid(zs[z + j]);
            zs[reset + j] = zs[z + j] * hs[h + j];
          }
          int n = 2 * hidden;
          ScalarKernel.addProduct(zs, reset, 1, hidden, ws, hh + n, stride, zs, z + n, hidden);
          gruResetBefore(zs, z, hs, h, hNexts, to, hidden);
        }
        case MGU -> mgu(zs, z, hs, h, hNexts, to, hidden);
        default -> rnn(w.cell.activation(), zs, z, hNexts, to, hidden);
      }
    }
  }

  private static void lstm(CellStep s, int r, float[] zs, int z) {
    int hidden = s.h().columns();
    float[] cs = HeapMemory.of(s.c());
    float[] cNexts = HeapMemory.of(s.cNext());
    float[] hNexts = HeapMemory.of(s.hNext());
    int c = s.c().offset + r * s.c().stride;
    int cNext = s.cNext().offset + r * s.cNext().stride;
    int hNext = s.hNext().offset + r * s.hNext().stride;
    for (int j = 0; j < hidden; j++) {
      float i = ScalarElements.sigmoid(zs[z + j]);
      float f = ScalarElements.sigmoid(zs[z + hidden + j]);
      float g = (float) StrictMath.tanh(zs[z + 2 * hidden + j]);
      float o = ScalarElements.sigmoid(zs[z + 3 * hidden + j]);
      float cell = f * cs[c + j] + i * g;
      zs[z + j] = i;
      zs[z + hidden + j] = f;
      zs[z + 2 * hidden + j] = g;
      zs[z + 3 * hidden + j] = o;
      cNexts[cNext + j] = cell;
      hNexts[hNext + j] = o * (float) StrictMath.tanh(cell);
    }
  }

  private static void gru(
      float[] zs, int z, float[] hs, int h, float[] hNexts, int hNext, int hidden) {
    for (int j = 0; j < hidden; j++) {
      float reset = ScalarElements.sigmoid(zs[z + j]);
      float keep = ScalarElements.sigmoid(zs[z + hidden + j]);
      float n = (float) StrictMath.tanh(zs[z + 2 * hidden + j] + reset * zs[z + 3 * hidden + j]);
      zs[z + j] = reset;
      zs[z + hidden + j] = keep;
      zs[z + 2 * hidden + j] = n;
      hNexts[hNext + j] = (1 - keep) * n + keep * hs[h + j];
    }
  }

  private static void gruResetBefore(
      float[] zs, int z, float[] hs, int h, float[] hNexts, int hNext, int hidden) {
    for (int j = 0; j < hidden; j++) {
      float keep = ScalarElements.sigmoid(zs[z + hidden + j]);
      float n = (float) StrictMath.tanh(zs[z + 2 * hidden + j]);
      zs[z + hidden + j] = keep;
      zs[z + 2 * hidden + j] = n;
      hNexts[hNext + j] = (1 - keep) * n + keep * hs[h + j];
    }
  }

  private static void mgu(
      float[] zs, int z, float[] hs, int h, float[] hNexts, int hNext, int hidden) {
    for (int j = 0; j < hidden; j++) {
      float gate = ScalarElements.sigmoid(zs[z + j]);
      float n = (float) StrictMath.tanh(zs[z + hidden + j]);
      zs[z + j] = gate;
      zs[z + hidden + j] = n;
      hNexts[hNext + j] = gate * n + (1 - gate) * hs[h + j];
    }
  }

  private static void rnn(Function f, float[] zs, int z, float[] hNexts, int hNext, int hidden) {
    for (int j = 0; j < hidden; j++) {
      float sum = zs[z + j];
      float h =
          switch (f) {
            case TANH -> (float) StrictMath.tanh(sum);
            case RELU -> sum > 0 ? sum : 0;
            default -> ScalarElements.sigmoid(sum);
          };
      zs[z + j] = h;
      hNexts[hNext + j] = h;
    }
  }
}
