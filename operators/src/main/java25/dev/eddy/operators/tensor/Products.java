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
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int BYTES = S.vectorByteSize();
  private static final long PANEL_BYTES = 4L * BYTES;
  private static final long ELEMENT = Float.BYTES;

  /** Rows of b that are used at a time, so that a panel of them stays in the cache. */
  private static final int INNER_BLOCK = 128;

  /** The same where they are packed already, and nothing else needs the cache. */
  private static final int PANEL_BLOCK = 160;

  /** Rows of the scratch for sums of a panel that is wider than y. */
  private static final int EDGE = 64;

  /** A block of b's rows behind them. */
  private static final int SCRATCH = EDGE + INNER_BLOCK;

  private Products() {}

  static void multiply(Tensor a, Tensor b, Tensor y) {
    Tensor scratch = y.scope.scratch(SCRATCH, Tiles.COLUMNS);
    long packed = SegmentMemory.at(scratch, EDGE);
    long aRow = SegmentMemory.step(a);
    for (int j = 0; j < y.columns(); j += Tiles.COLUMNS) {
      int columns = Math.min(Tiles.COLUMNS, y.columns() - j);
      long at = ELEMENT * j;
      for (int k = 0; k < b.rows(); k += INNER_BLOCK) {
        int inner = Math.min(INNER_BLOCK, b.rows() - k);
        pack(b, SegmentMemory.at(b, k) + at, inner, columns, scratch, packed);
        long a0 = SegmentMemory.at(a, 0) + ELEMENT * k;
        long y0 = SegmentMemory.at(y, 0) + at;
        panel(a, a0, aRow, inner, scratch, packed, y, y0, y.rows(), columns);
      }
    }
  }

  static void packRows(Tensor b, Panels panels) {
    for (int j = 0; j < panels.outputs; j += Tiles.COLUMNS) {
      int columns = Math.min(Tiles.COLUMNS, panels.outputs - j);
      int row = j / Tiles.COLUMNS * (1 + panels.inputs) + 1;
      long b0 = SegmentMemory.at(b, 0) + ELEMENT * j;
      pack(b, b0, b.rows(), columns, panels.weights, SegmentMemory.at(panels.weights, row));
    }
  }

  static void multiply(Tensor a, Panels b, Tensor y) {
    long step = (1 + b.inputs) * PANEL_BYTES;
    long b0 = SegmentMemory.at(b.weights, 1);
    long a0 = SegmentMemory.at(a, 0);
    long aRow = SegmentMemory.step(a);
    long y0 = SegmentMemory.at(y, 0);
    int whole = y.rows() == 1 ? b.outputs / Tiles.COLUMNS : 0;
    row(a, a0, b.inputs, b.weights, b0, step, y, y0, PANEL_BYTES, y, y0, whole);
    b0 += whole * step;
    y0 += whole * PANEL_BYTES;
    for (int j = whole * Tiles.COLUMNS; j < b.outputs; j += Tiles.COLUMNS) {
      int columns = Math.min(Tiles.COLUMNS, b.outputs - j);
      panel(a, a0, aRow, b.inputs, b.weights, b0, y, y0, y.rows(), columns);
      b0 += step;
      y0 += PANEL_BYTES;
    }
  }

  static void addTransposed(Tensor x, Tensor y) {
    MemorySegment all = SegmentMemory.ALL;
    long xRow = SegmentMemory.step(x);
    long column = SegmentMemory.place(x);
    for (int r = 0; r < y.rows(); r++) {
      long y0 = SegmentMemory.place(y, r, y.columns());
      long x0 = column;
      for (int c = 0; c < y.columns(); c++) {
        long at = y0 + SegmentMemory.bytes(c);
        all.set(FLOAT, at, all.get(FLOAT, at) + all.get(FLOAT, SegmentMemory.address(x0)));
        x0 += xRow;
      }
      column += ELEMENT;
    }
  }

  static void multiplyLeftTransposed(Tensor a, Tensor b, Tensor y) {
    Tensor scratch = y.scope.scratch(SCRATCH, Tiles.COLUMNS);
    long packed = SegmentMemory.at(scratch, EDGE);
    for (int j = 0; j < y.columns(); j += Tiles.COLUMNS) {
      int columns = Math.min(Tiles.COLUMNS, y.columns() - j);
      long at = ELEMENT * j;
      for (int k = 0; k < b.rows(); k += INNER_BLOCK) {
        int inner = Math.min(INNER_BLOCK, b.rows() - k);
        pack(b, SegmentMemory.at(b, k) + at, inner, columns, scratch, packed);
        transposedPanel(a, k, inner, scratch, packed, y, SegmentMemory.at(y, 0) + at, columns);
      }
    }
  }

  /** y += aᵀ b on one panel of columns, for some rows of a from row k on. */
  private static void transposedPanel(
      Tensor a, int k, int inner, Tensor scratch, long b0, Tensor y, long y0, int columns) {
    long edge = SegmentMemory.at(scratch, 0);
    long aRow = SegmentMemory.step(a);
    long a0 = SegmentMemory.at(a, k);
    long aAt = SegmentMemory.place(SegmentMemory.of(a), a0, inner, aRow, a.columns());
    long bAt = SegmentMemory.place(SegmentMemory.of(scratch), b0, inner * PANEL_BYTES);
    for (int i = 0; i < y.rows(); i += Tiles.ROWS) {
      int some = Math.min(Tiles.ROWS, y.rows() - i);
      boolean whole = some == Tiles.ROWS && columns == Tiles.COLUMNS;
      if (!whole) {
        Elements.copy(y, y0, scratch, edge, some, columns);
      }
      Tensor to = whole ? y : scratch;
      long row = SegmentMemory.step(to);
      long to0 = whole ? y0 : edge;
      long toAt = SegmentMemory.place(SegmentMemory.of(to), to0, Tiles.ROWS, row, Tiles.COLUMNS);
      if (Tiles.ROWS == 4) {
        TransposedTiles.rows4(aAt, aRow, inner, bAt, toAt, row);
      } else {
        TransposedTiles.rows2(aAt, aRow, inner, bAt, toAt, row);
      }
      if (!whole) {
        Elements.copy(scratch, edge, y, y0, some, columns);
      }
      aAt += ELEMENT * Tiles.ROWS;
      y0 += Tiles.ROWS * SegmentMemory.step(y);
    }
  }

  /** Copies columns of x to a panel; what the panel has more keeps what is there. */
  private static void pack(Tensor x, long x0, int rows, int columns, Tensor panel, long p0) {
    if (columns < Tiles.COLUMNS) {
      Elements.copy(x, x0, panel, p0, rows, columns);
      return;
    }
    MemorySegment all = SegmentMemory.ALL;
    long xRow = SegmentMemory.step(x);
    long xAt = SegmentMemory.place(SegmentMemory.of(x), x0, rows, xRow, columns);
    long pAt = SegmentMemory.place(SegmentMemory.of(panel), p0, rows * PANEL_BYTES);
    for (int r = 0; r < rows; r++) {
      xAt = SegmentMemory.address(xAt);
      pAt = SegmentMemory.address(pAt);
      FloatVector v0 = FloatVector.fromMemorySegment(S, all, xAt, ORDER);
      FloatVector v1 = FloatVector.fromMemorySegment(S, all, xAt + BYTES, ORDER);
      FloatVector v2 = FloatVector.fromMemorySegment(S, all, xAt + 2 * BYTES, ORDER);
      FloatVector v3 = FloatVector.fromMemorySegment(S, all, xAt + 3 * BYTES, ORDER);
      v0.intoMemorySegment(all, pAt, ORDER);
      v1.intoMemorySegment(all, pAt + BYTES, ORDER);
      v2.intoMemorySegment(all, pAt + 2 * BYTES, ORDER);
      v3.intoMemorySegment(all, pAt + 3 * BYTES, ORDER);
      xAt += xRow;
      pAt += PANEL_BYTES;
    }
  }

  /** Lays rows of x, from {@code row} on, down columns side by side, {@code step} bytes a row. */
  static void packColumns(Tensor x, int row, int rows, Tensor y, long y0, long step) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = x.columns();
    long yAt = SegmentMemory.place(SegmentMemory.of(y), y0, (columns - 1) * step + rows * ELEMENT);
    int r = 0;
    if (step == PANEL_BYTES) {
      long xRow = SegmentMemory.step(x);
      for (; r + 4 <= rows; r += 4) {
        long x0 = SegmentMemory.at(x, row + r);
        long xAt = SegmentMemory.place(SegmentMemory.of(x), x0, 4, xRow, columns);
        packFour(xAt, xRow, columns, yAt + ELEMENT * r);
      }
    }
    for (; r < rows; r++) {
      long xAt = SegmentMemory.place(x, row + r, columns);
      long to = yAt + ELEMENT * r;
      for (int k = 0; k < columns; k++) {
        all.set(FLOAT, SegmentMemory.address(to), all.get(FLOAT, xAt + SegmentMemory.bytes(k)));
        to += step;
      }
    }
  }

  /** Four rows down four columns of a panel; that the step is a constant makes it twice as fast. */
  private static void packFour(long x0, long xRow, int columns, long y0) {
    MemorySegment all = SegmentMemory.ALL;
    columns = SegmentMemory.index(columns);
    x0 = SegmentMemory.address(x0);
    y0 = SegmentMemory.address(y0);
    long x1 = SegmentMemory.address(x0 + xRow);
    long x2 = SegmentMemory.address(x1 + xRow);
    long x3 = SegmentMemory.address(x2 + xRow);
    for (int k = 0; k < columns; k++) {
      long from = SegmentMemory.index(k) * ELEMENT;
      long to = y0 + SegmentMemory.index(k) * PANEL_BYTES;
      all.set(FLOAT, to, all.get(FLOAT, x0 + from));
      all.set(FLOAT, to + ELEMENT, all.get(FLOAT, x1 + from));
      all.set(FLOAT, to + 2 * ELEMENT, all.get(FLOAT, x2 + from));
      all.set(FLOAT, to + 3 * ELEMENT, all.get(FLOAT, x3 + from));
    }
  }

  static float get(Tensor x, int row, int column) {
    return SegmentMemory.of(x).get(FLOAT, SegmentMemory.at(x, row) + ELEMENT * column);
  }

  static void set(Tensor x, int row, int column, float value) {
    SegmentMemory.of(x).set(FLOAT, SegmentMemory.at(x, row) + ELEMENT * column, value);
  }

  /**
   * y += a b on one panel of columns, as {@link Tiles} says. Where the panel is wider than what is
   * left of y, the sums are made in the scratch of y's scope and only what is y's is copied back.
   */
  private static void panel(
      Tensor a,
      long a0,
      long aRow,
      int inner,
      Tensor b,
      long b0,
      Tensor y,
      long y0,
      int rows,
      int columns) {
    if (columns == Tiles.COLUMNS) {
      panel(a, a0, aRow, inner, b, b0, y, y0, SegmentMemory.step(y), y, y0, rows);
      return;
    }
    Tensor scratch = y.scope.scratch(SCRATCH, Tiles.COLUMNS);
    long s0 = SegmentMemory.at(scratch, 0);
    for (int r = 0; r < rows; r += EDGE) {
      int some = Math.min(EDGE, rows - r);
      long part = y0 + r * SegmentMemory.step(y);
      Elements.copy(y, part, scratch, s0, some, columns);
      panel(a, a0 + r * aRow, aRow, inner, b, b0, scratch, s0, PANEL_BYTES, scratch, s0, some);
      Elements.copy(scratch, s0, y, part, some, columns);
    }
  }

  /**
   * y = s + a b on one full panel, as {@link Tiles} says: blocks of b's rows, and in each the rows
   * of y, both split evenly.
   */
  static void panel(
      Tensor a,
      long a0,
      long aRow,
      int inner,
      Tensor b,
      long b0,
      Tensor s,
      long s0,
      long sRow,
      Tensor y,
      long y0,
      int rows) {
    if (rows == 0) {
      return;
    }
    int last = rows - 1;
    long yRow = SegmentMemory.step(y);
    long aAt = SegmentMemory.place(SegmentMemory.of(a), a0, last * aRow + inner * ELEMENT);
    long bAt = SegmentMemory.place(SegmentMemory.of(b), b0, inner * PANEL_BYTES);
    long sAt = SegmentMemory.place(SegmentMemory.of(s), s0, last * sRow + PANEL_BYTES);
    long yAt = SegmentMemory.place(SegmentMemory.of(y), y0, last * yRow + PANEL_BYTES);
    int blocks = rows <= Tiles.ROWS ? 1 : (inner + PANEL_BLOCK - 1) / PANEL_BLOCK;
    for (int i = 0; i < blocks; i++) {
      int some = inner / blocks + (i < inner % blocks ? 1 : 0);
      tiles(aAt, aRow, some, bAt, sAt, sRow, yAt, yRow, rows);
      aAt += some * ELEMENT;
      bAt += some * PANEL_BYTES;
      sAt = yAt;
      sRow = yRow;
    }
  }

  private static void tiles(
      long aAt,
      long aRow,
      int inner,
      long bAt,
      long sAt,
      long sRow,
      long yAt,
      long yRow,
      int rows) {
    int tiles = (rows + Tiles.ROWS - 1) / Tiles.ROWS;
    for (int t = 0; t < tiles; t++) {
      int count = rows / tiles + (t < rows % tiles ? 1 : 0);
      switch (count) {
        case 4 -> Tiles.rows4(aAt, aRow, inner, bAt, sAt, sRow, yAt, yRow);
        case 3 -> Tiles.rows3(aAt, aRow, inner, bAt, sAt, sRow, yAt, yRow);
        case 2 -> Tiles.rows2(aAt, aRow, inner, bAt, sAt, sRow, yAt, yRow);
        default -> Tiles.rows1(aAt, inner, bAt, sAt, yAt);
      }
      aAt += count * aRow;
      sAt += count * sRow;
      yAt += count * yRow;
    }
  }

  /**
   * y = s + a b for one row and some full panels, each {@code bStep} and {@code sStep} bytes behind
   * the one before; those of y follow each other.
   */
  static void row(
      Tensor a,
      long a0,
      int inner,
      Tensor b,
      long b0,
      long bStep,
      Tensor s,
      long s0,
      long sStep,
      Tensor y,
      long y0,
      int panels) {
    if (panels == 0) {
      return;
    }
    int last = panels - 1;
    long aAt = SegmentMemory.place(SegmentMemory.of(a), a0, inner * ELEMENT);
    long bAt = SegmentMemory.place(SegmentMemory.of(b), b0, last * bStep + inner * PANEL_BYTES);
    long sAt = SegmentMemory.place(SegmentMemory.of(s), s0, last * sStep + PANEL_BYTES);
    long yAt = SegmentMemory.place(SegmentMemory.of(y), y0, panels * PANEL_BYTES);
    int p = 0;
    for (; p + 2 <= panels; p += 2) {
      Tiles.rows1Twice(aAt, inner, bAt, bStep, sAt, sStep, yAt, PANEL_BYTES);
      bAt += 2 * bStep;
      sAt += 2 * sStep;
      yAt += 2 * PANEL_BYTES;
    }
    if (p < panels) {
      Tiles.rows1(aAt, inner, bAt, sAt, yAt);
    }
  }
}
