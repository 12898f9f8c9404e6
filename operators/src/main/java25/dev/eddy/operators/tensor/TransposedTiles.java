package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The tiles of y += aᵀ b, written as {@link Tiles} are: column i of a makes row i of y, and row k
 * of a lies at {@code a0 + k * aRow}.
 */
final class TransposedTiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int BYTES = S.vectorByteSize();

  /** Bytes from one row of b to the next. */
  private static final long ROW = 4L * BYTES;

  private TransposedTiles() {}

  /** The tile of 4 rows. */
  static void rows4(long a0, long aRow, int inner, long b0, long y0, long yRow) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    b0 = SegmentMemory.address(b0);
    y0 = SegmentMemory.address(y0);
    long y1 = SegmentMemory.address(y0 + yRow);
    long y2 = SegmentMemory.address(y1 + yRow);
    long y3 = SegmentMemory.address(y2 + yRow);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, y0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, y0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, y0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, y0 + 3 * BYTES, ORDER);
    FloatVector c10 = FloatVector.fromMemorySegment(S, all, y1, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(S, all, y1 + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(S, all, y1 + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(S, all, y1 + 3 * BYTES, ORDER);
    FloatVector c20 = FloatVector.fromMemorySegment(S, all, y2, ORDER);
    FloatVector c21 = FloatVector.fromMemorySegment(S, all, y2 + BYTES, ORDER);
    FloatVector c22 = FloatVector.fromMemorySegment(S, all, y2 + 2 * BYTES, ORDER);
    FloatVector c23 = FloatVector.fromMemorySegment(S, all, y2 + 3 * BYTES, ORDER);
    FloatVector c30 = FloatVector.fromMemorySegment(S, all, y3, ORDER);
    FloatVector c31 = FloatVector.fromMemorySegment(S, all, y3 + BYTES, ORDER);
    FloatVector c32 = FloatVector.fromMemorySegment(S, all, y3 + 2 * BYTES, ORDER);
    FloatVector c33 = FloatVector.fromMemorySegment(S, all, y3 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long x = SegmentMemory.address(a0);
      a0 += aRow;
      FloatVector w0 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER);
      FloatVector x0 = FloatVector.broadcast(S, all.get(FLOAT, x));
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, all.get(FLOAT, x + Float.BYTES));
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      c12 = w2.fma(x1, c12);
      c13 = w3.fma(x1, c13);
      FloatVector x2 = FloatVector.broadcast(S, all.get(FLOAT, x + 2 * Float.BYTES));
      c20 = w0.fma(x2, c20);
      c21 = w1.fma(x2, c21);
      c22 = w2.fma(x2, c22);
      c23 = w3.fma(x2, c23);
      FloatVector x3 = FloatVector.broadcast(S, all.get(FLOAT, x + 3 * Float.BYTES));
      c30 = w0.fma(x3, c30);
      c31 = w1.fma(x3, c31);
      c32 = w2.fma(x3, c32);
      c33 = w3.fma(x3, c33);
    }
    c00.intoMemorySegment(all, y0, ORDER);
    c01.intoMemorySegment(all, y0 + BYTES, ORDER);
    c02.intoMemorySegment(all, y0 + 2 * BYTES, ORDER);
    c03.intoMemorySegment(all, y0 + 3 * BYTES, ORDER);
    c10.intoMemorySegment(all, y1, ORDER);
    c11.intoMemorySegment(all, y1 + BYTES, ORDER);
    c12.intoMemorySegment(all, y1 + 2 * BYTES, ORDER);
    c13.intoMemorySegment(all, y1 + 3 * BYTES, ORDER);
    c20.intoMemorySegment(all, y2, ORDER);
    c21.intoMemorySegment(all, y2 + BYTES, ORDER);
    c22.intoMemorySegment(all, y2 + 2 * BYTES, ORDER);
    c23.intoMemorySegment(all, y2 + 3 * BYTES, ORDER);
    c30.intoMemorySegment(all, y3, ORDER);
    c31.intoMemorySegment(all, y3 + BYTES, ORDER);
    c32.intoMemorySegment(all, y3 + 2 * BYTES, ORDER);
    c33.intoMemorySegment(all, y3 + 3 * BYTES, ORDER);
  }

  /** The tile of 2 rows. */
  static void rows2(long a0, long aRow, int inner, long b0, long y0, long yRow) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    b0 = SegmentMemory.address(b0);
    y0 = SegmentMemory.address(y0);
    long y1 = SegmentMemory.address(y0 + yRow);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, y0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, y0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, y0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, y0 + 3 * BYTES, ORDER);
    FloatVector c10 = FloatVector.fromMemorySegment(S, all, y1, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(S, all, y1 + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(S, all, y1 + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(S, all, y1 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long x = SegmentMemory.address(a0);
      a0 += aRow;
      FloatVector w0 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER);
      FloatVector x0 = FloatVector.broadcast(S, all.get(FLOAT, x));
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, all.get(FLOAT, x + Float.BYTES));
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      c12 = w2.fma(x1, c12);
      c13 = w3.fma(x1, c13);
    }
    c00.intoMemorySegment(all, y0, ORDER);
    c01.intoMemorySegment(all, y0 + BYTES, ORDER);
    c02.intoMemorySegment(all, y0 + 2 * BYTES, ORDER);
    c03.intoMemorySegment(all, y0 + 3 * BYTES, ORDER);
    c10.intoMemorySegment(all, y1, ORDER);
    c11.intoMemorySegment(all, y1 + BYTES, ORDER);
    c12.intoMemorySegment(all, y1 + 2 * BYTES, ORDER);
    c13.intoMemorySegment(all, y1 + 3 * BYTES, ORDER);
  }
}
