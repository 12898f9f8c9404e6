package dev.eddy.operators.tensor;

/** The element-wise part of the gradients of {@link ScalarCells}, for each row. */
final class ScalarCellGradients {
  private ScalarCellGradients() {}

  static void lstm(CellStep s, CellGradient d) {
    int hidden = s.h().columns();
    float[] zs = HeapMemory.of(s.gates());
    float[] cs = HeapMemory.of(s.c());
    float[] cNexts = HeapMemory.of(s.cNext());
    float[] dhs = HeapMemory.of(d.dhNext());
    float[] dcs = HeapMemory.of(d.dc());
    float[] dzs = HeapMemory.of(d.dIh());
    for (int r = 0; r < s.h().rows(); r++) {
      int z = at(s.gates(), r);
      int dz = at(d.dIh(), r);
      int c = at(s.c(), r);
      int cNext = at(s.cNext(), r);
      int dhNext = at(d.dhNext(), r);
      int dc = at(d.dc(), r);
      for (int j = 0; j < hidden; j++) {
        float i = zs[z + j];
        float f = zs[z + hidden + j];
        float g = zs[z + 2 * hidden + j];
        float o = zs[z + 3 * hidden + j];
        float tanh = (float) StrictMath.tanh(cNexts[cNext + j]);
        float dh = dhs[dhNext + j];
        float dCell = dcs[dc + j] + dh * o * (1 - tanh * tanh);
        dzs[dz + j] = dCell * g * (i * (1 - i));
        dzs[dz + hidden + j] = dCell * cs[c + j] * (f * (1 - f));
        dzs[dz + 2 * hidden + j] = dCell * i * (1 - g * g);
        dzs[dz + 3 * hidden + j] = dh * tanh * (o * (1 - o));
        dcs[dc + j] = dCell * f;
      }
    }
  }

  /** Of either GRU; with the reset before the product r's gradient is still to come. */
  static void gru(CellStep s, CellGradient d, boolean before) {
    int hidden = s.h().columns();
    float[] zs = HeapMemory.of(s.gates());
    float[] hs = HeapMemory.of(s.h());
    float[] dhNexts = HeapMemory.of(d.dhNext());
    float[] dIhs = HeapMemory.of(d.dIh());
    float[] dHhs = HeapMemory.of(d.dHh());
    for (int row = 0; row < s.h().rows(); row++) {
      int z = at(s.gates(), row);
      int h = at(s.h(), row);
      int dhNext = at(d.dhNext(), row);
      int dIh = at(d.dIh(), row);
      int dHh = at(d.dHh(), row);
      for (int j = 0; j < hidden; j++) {
        float r = zs[z + j];
        float keep = zs[z + hidden + j];
        float n = zs[z + 2 * hidden + j];
        float dNext = dhNexts[dhNext + j];
        float dn = dNext * (1 - keep) * (1 - n * n);
        float dKeep = dNext * (hs[h + j] - n) * (keep * (1 - keep));
        dIhs[dIh + hidden + j] = dKeep;
        dIhs[dIh + 2 * hidden + j] = dn;
        if (before) {
          dIhs[dIh + j] = 0;
        } else {
          float dr = dn * zs[z + 3 * hidden + j] * (r * (1 - r));
          dIhs[dIh + j] = dr;
          dHhs[dHh + j] = dr;
          dHhs[dHh + hidden + j] = dKeep;
          dHhs[dHh + 2 * hidden + j] = dn * r;
        }
        if (d.dh() != null) {
          HeapMemory.of(d.dh())[at(d.dh(), row) + j] += dNext * keep;
        }
      }
    }
  }

  /** From the gradient of r * h, which stands in r's place, to those of r's sum and of h. */
  static void reset(CellStep s, CellGradient d) {
    int hidden = s.h().columns();
    float[] zs = HeapMemory.of(s.gates());
    float[] hs = HeapMemory.of(s.h());
    float[] dIhs = HeapMemory.of(d.dIh());
    for (int row = 0; row < s.h().rows(); row++) {
      int z = at(s.gates(), row);
      int h = at(s.h(), row);
      int dIh = at(d.dIh(), row);
      for (int j = 0; j < hidden; j++) {
        float r = zs[z + j];
        float product = dIhs[dIh + j];
        dIhs[dIh + j] = product * hs[h + j] * (r * (1 - r));
        if (d.dh() != null) {
          HeapMemory.of(d.dh())[at(d.dh(), row) + j] += product * r;
        }
      }
    }
  }

  static void mgu(CellStep s, CellGradient d) {
    int hidden = s.h().columns();
    float[] zs = HeapMemory.of(s.gates());
    float[] hs = HeapMemory.of(s.h());
    float[] dhNexts = HeapMemory.of(d.dhNext());
    float[] dzs = HeapMemory.of(d.dIh());
    for (int r = 0; r < s.h().rows(); r++) {
      int z = at(s.gates(), r);
      int h = at(s.h(), r);
      int dhNext = at(d.dhNext(), r);
      int dz = at(d.dIh(), r);
      for (int j = 0; j < hidden; j++) {
        float gate = zs[z + j];
        float n = zs[z + hidden + j];
        float dNext = dhNexts[dhNext + j];
        dzs[dz + j] = dNext * (n - hs[h + j]) * (gate * (1 - gate));
        dzs[dz + hidden + j] = dNext * gate * (1 - n * n);
        if (d.dh() != null) {
          HeapMemory.of(d.dh())[at(d.dh(), r) + j] += dNext * (1 - gate);
        }
      }
    }
  }

  private static int at(Tensor t, int row) {
    return t.offset + row * t.stride;
  }
}
