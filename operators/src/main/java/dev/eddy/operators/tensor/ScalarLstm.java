package dev.eddy.operators.tensor;

/**
 * The LSTM step of the scalar kernel (Hochreiter and Schmidhuber 1997, with the forget gate of Gers
 * et al. 2000), as in PyTorch: {@code [i f g o] = W_ih x + b_ih + W_hh h + b_hh}, {@code c' =
 * sigmoid(f) c + sigmoid(i) tanh(g)}, {@code h' = sigmoid(o) tanh(c')}.
 */
final class ScalarLstm {
  private ScalarLstm() {}

  static void step(
      Tensor x, Tensor h, Tensor c, Panels w, Tensor gates, Tensor hNext, Tensor cNext) {
    int hidden = w.outputs;
    float[] ws = HeapMemory.of(w.weights);
    float[] cs = HeapMemory.of(c);
    float[] hs = HeapMemory.of(hNext);
    float[] cNexts = HeapMemory.of(cNext);
    Tensor sums = gates == null ? w.scratch : gates;
    float[] zs = HeapMemory.of(sums);
    for (int r = 0; r < x.rows(); r++) {
      int z = gates == null ? sums.offset : sums.offset + r * sums.stride;
      System.arraycopy(ws, w.weights.offset, zs, z, 4 * hidden);
      int m = 4 * hidden;
      int weight = w.weights.offset + m;
      int xr = x.offset + r * x.stride;
      ScalarKernel.addProduct(HeapMemory.of(x), xr, 1, w.inputs, ws, weight, m, zs, z, m);
      weight += w.inputs * m;
      int hr = h.offset + r * h.stride;
      ScalarKernel.addProduct(HeapMemory.of(h), hr, 1, hidden, ws, weight, m, zs, z, m);
      int cr = c.offset + r * c.stride;
      int hNextRow = hNext.offset + r * hNext.stride;
      int cNextRow = cNext.offset + r * cNext.stride;
      for (int j = 0; j < hidden; j++) {
        float i = ScalarElements.sigmoid(zs[z + j]);
        float f = ScalarElements.sigmoid(zs[z + hidden + j]);
        float g = (float) Math.tanh(zs[z + 2 * hidden + j]);
        float o = ScalarElements.sigmoid(zs[z + 3 * hidden + j]);
        float cell = f * cs[cr + j] + i * g;
        zs[z + j] = i;
        zs[z + hidden + j] = f;
        zs[z + 2 * hidden + j] = g;
        zs[z + 3 * hidden + j] = o;
        cNexts[cNextRow + j] = cell;
        hs[hNextRow + j] = o * (float) Math.tanh(cell);
      }
    }
  }

  static void gradient(
      Tensor gates, Tensor c, Tensor cNext, Tensor dhNext, Tensor dc, Tensor dGates) {
    int hidden = c.columns();
    float[] zs = HeapMemory.of(gates);
    float[] cs = HeapMemory.of(c);
    float[] cNexts = HeapMemory.of(cNext);
    float[] dhs = HeapMemory.of(dhNext);
    float[] dcs = HeapMemory.of(dc);
    float[] dzs = HeapMemory.of(dGates);
    for (int r = 0; r < c.rows(); r++) {
      int z = gates.offset + r * gates.stride;
      int dz = dGates.offset + r * dGates.stride;
      int cr = c.offset + r * c.stride;
      int cNextRow = cNext.offset + r * cNext.stride;
      int dhr = dhNext.offset + r * dhNext.stride;
      int dcr = dc.offset + r * dc.stride;
      for (int j = 0; j < hidden; j++) {
        float i = zs[z + j];
        float f = zs[z + hidden + j];
        float g = zs[z + 2 * hidden + j];
        float o = zs[z + 3 * hidden + j];
        float tanh = (float) Math.tanh(cNexts[cNextRow + j]);
        float dh = dhs[dhr + j];
        float dCell = dcs[dcr + j] + dh * o * (1 - tanh * tanh);
        dzs[dz + j] = dCell * g * (i * (1 - i));
        dzs[dz + hidden + j] = dCell * cs[cr + j] * (f * (1 - f));
        dzs[dz + 2 * hidden + j] = dCell * i * (1 - g * g);
        dzs[dz + 3 * hidden + j] = dh * tanh * (o * (1 - o));
        dcs[dcr + j] = dCell * f;
      }
    }
  }
}
