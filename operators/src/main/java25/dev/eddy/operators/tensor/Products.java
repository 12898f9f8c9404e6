package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Matrix products of the vector kernel, cut into {@link Tiles}: a panel of four vectors of columns
 * stays in the first-level cache while all rows pass it.
 */
final class Products {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int BYTES = S.vectorByteSize();
  private static final long PANEL_BYTES = 4L * BYTES;

  /** Rows of b that are used at a time, so that a panel of them stays in the cache. */
  private static final int INNER_BLOCK = 128;

  private static final int SCRATCH_ROWS = 64;

  private Products() {}

  static void multiply(Tensor a, Tensor b, Tensor y) {
    product(a, SegmentMemory.step(a), Float.BYTES, b, y);
  }

  static void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y) {
    product(a, Float.BYTES, SegmentMemory.step(a), b, y);
  }

  private static void product(Tensor a, long aRow, long aColumn, Tensor b, Tensor y) {
    int columns = y.columns();
    for (int k = 0; k < b.rows(); k += INNER_BLOCK) {
      int inner = Math.min(INNER_BLOCK, b.rows() - k);
      long a0 = SegmentMemory.at(a, 0) + k * aColumn;
      long b0 = SegmentMemory.at(b, k);
      long y0 = SegmentMemory.at(y, 0);
      int j = 0;
      if (y.rows() == 1) {
        for (; columns - j >= 2 * Tiles.COLUMNS; j += 2 * Tiles.COLUMNS) {
          Tiles.rows1Twice(a, a0, aColumn, inner, b, b0, PANEL_BYTES, y, y0, PANEL_BYTES);
          b0 += 2 * PANEL_BYTES;
          y0 += 2 * PANEL_BYTES;
        }
      }
      for (; j < columns; j += Tiles.COLUMNS) {
        int some = Math.min(Tiles.COLUMNS, columns - j);
        panel(a, a0, aRow, aColumn, inner, b, b0, y, y0, y.rows(), some);
        b0 += PANEL_BYTES;
        y0 += PANEL_BYTES;
      }
    }
  }

  /** Panels of an affine map: for each four vectors of outputs the bias, then a row per input. */
  static Tensor affinePanels(Scope scope, int inputs, int outputs) {
    int panels = (outputs + Tiles.COLUMNS - 1) / Tiles.COLUMNS;
    return scope.allocate(panels * (1 + inputs), Tiles.COLUMNS);
  }

  static void packAffine(Tensor weight, Tensor bias, Panels panels) {
    for (int o = 0; o < panels.outputs; o++) {
      int row = o / Tiles.COLUMNS * (1 + panels.inputs);
      int column = o % Tiles.COLUMNS;
      float b = bias == null ? 0 : get(bias, 0, o);
      set(panels.weights, row, column, b);
      packRow(weight, o, panels.weights, row + 1, column);
    }
  }

  /** Lays row {@code o} of a weight down a column of the panels. */
  static void packRow(Tensor weight, int o, Tensor panels, int row, int column) {
    MemorySegment ws = SegmentMemory.of(weight);
    MemorySegment ps = SegmentMemory.of(panels);
    long w = SegmentMemory.at(weight, o);
    long p = SegmentMemory.at(panels, row) + (long) Float.BYTES * column;
    long step = SegmentMemory.step(panels);
    for (int k = 0; k < weight.columns(); k++) {
      float value = ws.get(ValueLayout.JAVA_FLOAT_UNALIGNED, w + (long) Float.BYTES * k);
      ps.set(ValueLayout.JAVA_FLOAT_UNALIGNED, p + k * step, value);
    }
  }

  static float get(Tensor x, int row, int column) {
    return SegmentMemory.of(x)
        .get(
            ValueLayout.JAVA_FLOAT_UNALIGNED,
            SegmentMemory.at(x, row) + (long) Float.BYTES * column);
  }

  static void set(Tensor x, int row, int column, float value) {
    SegmentMemory.of(x)
        .set(
            ValueLayout.JAVA_FLOAT_UNALIGNED,
            SegmentMemory.at(x, row) + (long) Float.BYTES * column,
            value);
  }

  static void affine(Tensor x, Panels w, Tensor y) {
    long a0 = SegmentMemory.at(x, 0);
    long aRow = SegmentMemory.step(x);
    long weightStep = (1 + w.inputs) * PANEL_BYTES;
    long bias = SegmentMemory.at(w.weights, 0);
    long y0 = SegmentMemory.at(y, 0);
    int j = 0;
    if (x.rows() == 1) {
      for (; w.outputs - j >= 2 * Tiles.COLUMNS; j += 2 * Tiles.COLUMNS) {
        begin(w.weights, bias, y, y0, 1, Tiles.COLUMNS);
        begin(w.weights, bias + weightStep, y, y0 + PANEL_BYTES, 1, Tiles.COLUMNS);
        long b0 = bias + PANEL_BYTES;
        Tiles.rows1Twice(
            x, a0, Float.BYTES, w.inputs, w.weights, b0, weightStep, y, y0, PANEL_BYTES);
        bias += 2 * weightStep;
        y0 += 2 * PANEL_BYTES;
      }
    }
    for (; j < w.outputs; j += Tiles.COLUMNS) {
      int columns = Math.min(Tiles.COLUMNS, w.outputs - j);
      begin(w.weights, bias, y, y0, x.rows(), columns);
      long b0 = bias + PANEL_BYTES;
      panel(x, a0, aRow, Float.BYTES, w.inputs, w.weights, b0, y, y0, x.rows(), columns);
      bias += weightStep;
      y0 += PANEL_BYTES;
    }
  }

  /** Sets the rows of a panel of y to the bias, where the sums begin. */
  static void begin(Tensor weights, long bias, Tensor y, long y0, int rows, int columns) {
    MemorySegment ws = SegmentMemory.of(weights);
    MemorySegment ys = SegmentMemory.of(y);
    long yRow = SegmentMemory.step(y);
    for (int j = 0; j < columns; j += S.length()) {
      long at = (long) Float.BYTES * j;
      FloatVector b = FloatVector.fromMemorySegment(S, ws, bias + at, ORDER);
      for (int r = 0; r < rows; r++) {
        if (j + S.length() <= columns) {
          b.intoMemorySegment(ys, y0 + r * yRow + at, ORDER);
        } else {
          b.intoMemorySegment(ys, y0 + r * yRow + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  /**
   * y += a b on one panel of columns, as {@link Tiles} says. Where the panel is wider than what is
   * left of y, the sums are made in the scratch of y's scope and only what is y's is copied back.
   */
  static void panel(
      Tensor a,
      long a0,
      long aRow,
      long aColumn,
      int inner,
      Tensor b,
      long b0,
      Tensor y,
      long y0,
      int rows,
      int columns) {
    if (columns == Tiles.COLUMNS) {
      tiles(a, a0, aRow, aColumn, inner, b, b0, y, y0, rows);
      return;
    }
    Tensor scratch = y.scope.scratch(SCRATCH_ROWS, Tiles.COLUMNS);
    long s0 = SegmentMemory.at(scratch, 0);
    for (int r = 0; r < rows; r += scratch.rows()) {
      int some = Math.min(scratch.rows(), rows - r);
      long part = y0 + r * SegmentMemory.step(y);
      Elements.copy(y, part, scratch, s0, some, columns);
      tiles(a, a0 + r * aRow, aRow, aColumn, inner, b, b0, scratch, s0, some);
      Elements.copy(scratch, s0, y, part, some, columns);
    }
  }

  /** y += a b on one full panel, the rows split evenly into tiles. */
  private static void tiles(
      Tensor a,
      long a0,
      long aRow,
      long aColumn,
      int inner,
      Tensor b,
      long b0,
      Tensor y,
      long y0,
      int rows) {
    int tiles = (rows + Tiles.ROWS - 1) / Tiles.ROWS;
    for (int t = 0; t < tiles; t++) {
      int count = rows / tiles + (t < rows % tiles ? 1 : 0);
      switch (count) {
        case 4 -> Tiles.rows4(a, a0, aRow, aColumn, inner, b, b0, y, y0);
        case 3 -> Tiles.rows3(a, a0, aRow, aColumn, inner, b, b0, y, y0);
        case 2 -> Tiles.rows2(a, a0, aRow, aColumn, inner, b, b0, y, y0);
        default -> Tiles.rows1(a, a0, aRow, aColumn, inner, b, b0, y, y0);
      }
      a0 += count * aRow;
      y0 += count * SegmentMemory.step(y);
    }
  }
}
