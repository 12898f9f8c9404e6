package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The affine map. Its weights lie in panels: for each four vectors of outputs the bias, then a row
 * per input; the outputs that fill no panel lie in strips of one vector, likewise.
 *
 * <p>A strip has too few columns to keep the multipliers busy, so its sums are four: the first has
 * the bias, each takes every fourth input, and they are added at the end. What is left of the
 * inputs goes to the first. That order is the same for any number of rows.
 */
final class VectorAffine {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int LANES = S.length();
  private static final int BYTES = S.vectorByteSize();
  private static final long VECTOR = BYTES;
  private static final long PANEL = 4L * BYTES;
  private static final long ELEMENT = Float.BYTES;
  private static final long FOUR = 4L * Float.BYTES;

  private VectorAffine() {}

  /** Room for whole panels, which {@link Products#packRows} fills. */
  static Panels panels(Scope scope, int inputs, int outputs) {
    int panels = (outputs + Tiles.COLUMNS - 1) / Tiles.COLUMNS;
    Tensor weights = scope.allocate(panels * (1 + inputs), Tiles.COLUMNS);
    return new Panels(inputs, outputs, null, weights, null, null);
  }

  static void pack(Tensor weight, Tensor bias, Panels p) {
    int wide = p.outputs / Tiles.COLUMNS * Tiles.COLUMNS;
    MemorySegment ws = SegmentMemory.of(p.weights);
    long start = SegmentMemory.at(p.weights, 0);
    for (int o = 0, some; o < p.outputs; o += some) {
      int width = o < wide ? Tiles.COLUMNS : LANES;
      some = Math.min(width, p.outputs - o);
      long column = start + ELEMENT * o * (1 + p.inputs);
      for (int i = 0; i < some; i++) {
        ws.set(FLOAT, column + i * ELEMENT, bias == null ? 0 : Products.get(bias, 0, o + i));
      }
      Products.packColumns(weight, o, some, p.weights, column + ELEMENT * width, ELEMENT * width);
    }
  }

  static void apply(Tensor x, Panels w, Tensor y) {
    int rows = x.rows();
    int inputs = w.inputs;
    long x0 = SegmentMemory.at(x, 0);
    long xRow = SegmentMemory.step(x);
    long y0 = SegmentMemory.at(y, 0);
    long yRow = SegmentMemory.step(y);
    long w0 = SegmentMemory.at(w.weights, 0);
    long step = (1 + inputs) * PANEL;
    int panels = w.outputs / Tiles.COLUMNS;
    if (rows == 1) {
      Products.row(x, x0, inputs, w.weights, w0 + PANEL, step, w.weights, w0, step, y, y0, panels);
    } else {
      for (int p = 0; p < panels; p++) {
        long bias = w0 + p * step;
        Products.panel(
            x,
            x0,
            xRow,
            inputs,
            w.weights,
            bias + PANEL,
            w.weights,
            bias,
            0,
            y,
            y0 + p * PANEL,
            rows);
      }
    }
    int narrow = w.outputs - panels * Tiles.COLUMNS;
    if (narrow == 0 || rows == 0) {
      return;
    }
    int strips = (narrow + LANES - 1) / LANES;
    long strip = step / 4;
    long xAt = SegmentMemory.place(SegmentMemory.of(x), x0, (rows - 1) * xRow + inputs * ELEMENT);
    long wAt = SegmentMemory.place(SegmentMemory.of(w.weights), w0 + panels * step, strips * strip);
    long yAt = SegmentMemory.place(SegmentMemory.of(y), y0 + panels * PANEL, rows, yRow, narrow);
    for (int j = 0; j < narrow; j += LANES) {
      int columns = Math.min(LANES, narrow - j);
      int r = 0;
      for (; r + 2 <= rows; r += 2) {
        narrow2(xAt + r * xRow, xRow, inputs, wAt, yAt + r * yRow, yRow, columns);
      }
      if (r < rows) {
        narrow1(xAt + r * xRow, inputs, wAt, yAt + r * yRow, columns);
      }
      wAt += strip;
      yAt += BYTES;
    }
  }

  /** Two rows by one vector of columns. */
  private static void narrow2(
      long x0, long xRow, int inputs, long w0, long y0, long yRow, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    inputs = SegmentMemory.index(inputs);
    x0 = SegmentMemory.address(x0);
    w0 = SegmentMemory.address(w0);
    y0 = SegmentMemory.address(y0);
    long x1 = SegmentMemory.address(x0 + xRow);
    long y1 = SegmentMemory.address(y0 + yRow);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, w0, ORDER);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c02 = FloatVector.zero(S);
    FloatVector c03 = FloatVector.zero(S);
    FloatVector c10 = c00;
    FloatVector c11 = FloatVector.zero(S);
    FloatVector c12 = FloatVector.zero(S);
    FloatVector c13 = FloatVector.zero(S);
    w0 += BYTES;
    int fours = inputs / 4;
    for (int k = 0; k < fours; k++) {
      long at = w0 + SegmentMemory.index(k) * PANEL;
      long from = SegmentMemory.index(k) * FOUR;
      FloatVector b0 = FloatVector.fromMemorySegment(S, all, at, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(S, all, at + BYTES, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(S, all, at + 2 * BYTES, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(S, all, at + 3 * BYTES, ORDER);
      c00 = b0.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from)), c00);
      c01 = b1.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from + 4)), c01);
      c02 = b2.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from + 8)), c02);
      c03 = b3.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from + 12)), c03);
      c10 = b0.fma(FloatVector.broadcast(S, all.get(FLOAT, x1 + from)), c10);
      c11 = b1.fma(FloatVector.broadcast(S, all.get(FLOAT, x1 + from + 4)), c11);
      c12 = b2.fma(FloatVector.broadcast(S, all.get(FLOAT, x1 + from + 8)), c12);
      c13 = b3.fma(FloatVector.broadcast(S, all.get(FLOAT, x1 + from + 12)), c13);
    }
    for (int k = 4 * fours; k < inputs; k++) {
      long at = SegmentMemory.index(k) * VECTOR;
      long from = SegmentMemory.index(k) * ELEMENT;
      FloatVector w = FloatVector.fromMemorySegment(S, all, w0 + at, ORDER);
      c00 = w.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from)), c00);
      c10 = w.fma(FloatVector.broadcast(S, all.get(FLOAT, x1 + from)), c10);
    }
    VectorMask<Float> mask = S.indexInRange(0, columns);
    c00.add(c01).add(c02.add(c03)).intoMemorySegment(all, y0, ORDER, mask);
    c10.add(c11).add(c12.add(c13)).intoMemorySegment(all, y1, ORDER, mask);
  }

  /** One row by one vector of columns. */
  private static void narrow1(long x0, int inputs, long w0, long y0, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    inputs = SegmentMemory.index(inputs);
    x0 = SegmentMemory.address(x0);
    w0 = SegmentMemory.address(w0);
    y0 = SegmentMemory.address(y0);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, w0, ORDER);
    FloatVector c01 = FloatVector.zero(S);
    FloatVector c02 = FloatVector.zero(S);
    FloatVector c03 = FloatVector.zero(S);
    w0 += BYTES;
    int fours = inputs / 4;
    for (int k = 0; k < fours; k++) {
      long at = w0 + SegmentMemory.index(k) * PANEL;
      long from = SegmentMemory.index(k) * FOUR;
      FloatVector b0 = FloatVector.fromMemorySegment(S, all, at, ORDER);
      FloatVector b1 = FloatVector.fromMemorySegment(S, all, at + BYTES, ORDER);
      FloatVector b2 = FloatVector.fromMemorySegment(S, all, at + 2 * BYTES, ORDER);
      FloatVector b3 = FloatVector.fromMemorySegment(S, all, at + 3 * BYTES, ORDER);
      c00 = b0.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from)), c00);
      c01 = b1.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from + 4)), c01);
      c02 = b2.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from + 8)), c02);
      c03 = b3.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from + 12)), c03);
    }
    for (int k = 4 * fours; k < inputs; k++) {
      long at = SegmentMemory.index(k) * VECTOR;
      long from = SegmentMemory.index(k) * ELEMENT;
      FloatVector w = FloatVector.fromMemorySegment(S, all, w0 + at, ORDER);
      c00 = w.fma(FloatVector.broadcast(S, all.get(FLOAT, x0 + from)), c00);
    }
    VectorMask<Float> mask = S.indexInRange(0, columns);
    c00.add(c01).add(c02.add(c03)).intoMemorySegment(all, y0, ORDER, mask);
  }
}
