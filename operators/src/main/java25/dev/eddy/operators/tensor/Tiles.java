package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of every product: y = s + a b on a tile of a few rows by four vectors of
 * columns, held in registers while k runs. Each element is one chain of fused multiply-adds over k
 * in ascending order that begins with s, whatever the tile: that is what makes a row's result
 * independent of its batch. Where s is y, the product is added; where the rows of s are 0 bytes
 * apart, each begins with the same bias.
 *
 * <p>All positions are addresses in {@link SegmentMemory#ALL}, which the caller has checked, and
 * steps are bytes. Row i of a lies at {@code a0 + i * aRow}, row i of s at {@code s0 + i * sRow},
 * row i of y at {@code y0 + i * yRow}; b is a panel, its rows of {@link #COLUMNS} follow each other
 * without a gap. All columns of a tile are read and stored.
 *
 * <p>The loops are written out, because the compiler keeps sums in registers only if they are
 * single variables, and boxes vectors when a method grows past its inlining budget. No masks here:
 * with them the first compiler runs out of registers, and the second is never asked. What steps
 * with k does so by a constant, so that a row of b and an element of a are one addition away.
 */
final class Tiles {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final int LANES = S.length();
  private static final int BYTES = S.vectorByteSize();

  /** Bytes from one row of b to the next. */
  private static final long ROW = 4L * BYTES;

  /** Bytes from one element of a row of a to the next. */
  private static final long ELEMENT = Float.BYTES;

  /** Columns of a tile: four vectors. */
  static final int COLUMNS = 4 * LANES;

  /** Most rows of a tile: with 256 bits, two fill the 16 registers that there may only be. */
  static final int ROWS = LANES == 8 ? 2 : 4;

  private Tiles() {}

  /** The tile of 4 rows. */
  static void rows4(
      long a0, long aRow, int inner, long b0, long s0, long sRow, long y0, long yRow) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    a0 = SegmentMemory.address(a0);
    b0 = SegmentMemory.address(b0);
    s0 = SegmentMemory.address(s0);
    y0 = SegmentMemory.address(y0);
    long a1 = SegmentMemory.address(a0 + aRow);
    long s1 = SegmentMemory.address(s0 + sRow);
    long y1 = SegmentMemory.address(y0 + yRow);
    long a2 = SegmentMemory.address(a1 + aRow);
    long s2 = SegmentMemory.address(s1 + sRow);
    long y2 = SegmentMemory.address(y1 + yRow);
    long a3 = SegmentMemory.address(a2 + aRow);
    long s3 = SegmentMemory.address(s2 + sRow);
    long y3 = SegmentMemory.address(y2 + yRow);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, s0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, s0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, s0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, s0 + 3 * BYTES, ORDER);
    FloatVector c10 = FloatVector.fromMemorySegment(S, all, s1, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(S, all, s1 + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(S, all, s1 + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(S, all, s1 + 3 * BYTES, ORDER);
    FloatVector c20 = FloatVector.fromMemorySegment(S, all, s2, ORDER);
    FloatVector c21 = FloatVector.fromMemorySegment(S, all, s2 + BYTES, ORDER);
    FloatVector c22 = FloatVector.fromMemorySegment(S, all, s2 + 2 * BYTES, ORDER);
    FloatVector c23 = FloatVector.fromMemorySegment(S, all, s2 + 3 * BYTES, ORDER);
    FloatVector c30 = FloatVector.fromMemorySegment(S, all, s3, ORDER);
    FloatVector c31 = FloatVector.fromMemorySegment(S, all, s3 + BYTES, ORDER);
    FloatVector c32 = FloatVector.fromMemorySegment(S, all, s3 + 2 * BYTES, ORDER);
    FloatVector c33 = FloatVector.fromMemorySegment(S, all, s3 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long x = SegmentMemory.index(k) * ELEMENT;
      FloatVector w0 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER);
      FloatVector x0 = FloatVector.broadcast(S, all.get(FLOAT, a0 + x));
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, all.get(FLOAT, a1 + x));
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      c12 = w2.fma(x1, c12);
      c13 = w3.fma(x1, c13);
      FloatVector x2 = FloatVector.broadcast(S, all.get(FLOAT, a2 + x));
      c20 = w0.fma(x2, c20);
      c21 = w1.fma(x2, c21);
      c22 = w2.fma(x2, c22);
      c23 = w3.fma(x2, c23);
      FloatVector x3 = FloatVector.broadcast(S, all.get(FLOAT, a3 + x));
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

  /** The tile of 3 rows. */
  static void rows3(
      long a0, long aRow, int inner, long b0, long s0, long sRow, long y0, long yRow) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    a0 = SegmentMemory.address(a0);
    b0 = SegmentMemory.address(b0);
    s0 = SegmentMemory.address(s0);
    y0 = SegmentMemory.address(y0);
    long a1 = SegmentMemory.address(a0 + aRow);
    long s1 = SegmentMemory.address(s0 + sRow);
    long y1 = SegmentMemory.address(y0 + yRow);
    long a2 = SegmentMemory.address(a1 + aRow);
    long s2 = SegmentMemory.address(s1 + sRow);
    long y2 = SegmentMemory.address(y1 + yRow);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, s0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, s0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, s0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, s0 + 3 * BYTES, ORDER);
    FloatVector c10 = FloatVector.fromMemorySegment(S, all, s1, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(S, all, s1 + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(S, all, s1 + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(S, all, s1 + 3 * BYTES, ORDER);
    FloatVector c20 = FloatVector.fromMemorySegment(S, all, s2, ORDER);
    FloatVector c21 = FloatVector.fromMemorySegment(S, all, s2 + BYTES, ORDER);
    FloatVector c22 = FloatVector.fromMemorySegment(S, all, s2 + 2 * BYTES, ORDER);
    FloatVector c23 = FloatVector.fromMemorySegment(S, all, s2 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long x = SegmentMemory.index(k) * ELEMENT;
      FloatVector w0 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER);
      FloatVector x0 = FloatVector.broadcast(S, all.get(FLOAT, a0 + x));
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, all.get(FLOAT, a1 + x));
      c10 = w0.fma(x1, c10);
      c11 = w1.fma(x1, c11);
      c12 = w2.fma(x1, c12);
      c13 = w3.fma(x1, c13);
      FloatVector x2 = FloatVector.broadcast(S, all.get(FLOAT, a2 + x));
      c20 = w0.fma(x2, c20);
      c21 = w1.fma(x2, c21);
      c22 = w2.fma(x2, c22);
      c23 = w3.fma(x2, c23);
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
  }

  /** The tile of 2 rows. */
  static void rows2(
      long a0, long aRow, int inner, long b0, long s0, long sRow, long y0, long yRow) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    a0 = SegmentMemory.address(a0);
    b0 = SegmentMemory.address(b0);
    s0 = SegmentMemory.address(s0);
    y0 = SegmentMemory.address(y0);
    long a1 = SegmentMemory.address(a0 + aRow);
    long s1 = SegmentMemory.address(s0 + sRow);
    long y1 = SegmentMemory.address(y0 + yRow);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, s0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, s0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, s0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, s0 + 3 * BYTES, ORDER);
    FloatVector c10 = FloatVector.fromMemorySegment(S, all, s1, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(S, all, s1 + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(S, all, s1 + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(S, all, s1 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long x = SegmentMemory.index(k) * ELEMENT;
      FloatVector w0 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER);
      FloatVector x0 = FloatVector.broadcast(S, all.get(FLOAT, a0 + x));
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
      FloatVector x1 = FloatVector.broadcast(S, all.get(FLOAT, a1 + x));
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

  /** The tile of 1 row. */
  static void rows1(long a0, int inner, long b0, long s0, long y0) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    a0 = SegmentMemory.address(a0);
    b0 = SegmentMemory.address(b0);
    s0 = SegmentMemory.address(s0);
    y0 = SegmentMemory.address(y0);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, s0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, s0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, s0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, s0 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long x = SegmentMemory.index(k) * ELEMENT;
      FloatVector w0 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
      FloatVector w1 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER);
      FloatVector w2 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER);
      FloatVector w3 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER);
      FloatVector x0 = FloatVector.broadcast(S, all.get(FLOAT, a0 + x));
      c00 = w0.fma(x0, c00);
      c01 = w1.fma(x0, c01);
      c02 = w2.fma(x0, c02);
      c03 = w3.fma(x0, c03);
    }
    c00.intoMemorySegment(all, y0, ORDER);
    c01.intoMemorySegment(all, y0 + BYTES, ORDER);
    c02.intoMemorySegment(all, y0 + 2 * BYTES, ORDER);
    c03.intoMemorySegment(all, y0 + 3 * BYTES, ORDER);
  }

  /**
   * One row by two full panels, the second {@code bStep}, {@code sStep} and {@code yStep} bytes
   * behind the first: eight sums in flight hide the latency that four do not.
   */
  static void rows1Twice(
      long a0, int inner, long b0, long bStep, long s0, long sStep, long y0, long yStep) {
    MemorySegment all = SegmentMemory.ALL;
    inner = SegmentMemory.index(inner);
    a0 = SegmentMemory.address(a0);
    b0 = SegmentMemory.address(b0);
    s0 = SegmentMemory.address(s0);
    y0 = SegmentMemory.address(y0);
    long b1 = SegmentMemory.address(b0 + bStep);
    long s1 = SegmentMemory.address(s0 + sStep);
    long y1 = SegmentMemory.address(y0 + yStep);
    FloatVector c00 = FloatVector.fromMemorySegment(S, all, s0, ORDER);
    FloatVector c01 = FloatVector.fromMemorySegment(S, all, s0 + BYTES, ORDER);
    FloatVector c02 = FloatVector.fromMemorySegment(S, all, s0 + 2 * BYTES, ORDER);
    FloatVector c03 = FloatVector.fromMemorySegment(S, all, s0 + 3 * BYTES, ORDER);
    FloatVector c10 = FloatVector.fromMemorySegment(S, all, s1, ORDER);
    FloatVector c11 = FloatVector.fromMemorySegment(S, all, s1 + BYTES, ORDER);
    FloatVector c12 = FloatVector.fromMemorySegment(S, all, s1 + 2 * BYTES, ORDER);
    FloatVector c13 = FloatVector.fromMemorySegment(S, all, s1 + 3 * BYTES, ORDER);
    for (int k = 0; k < inner; k++) {
      long at = SegmentMemory.index(k) * ROW;
      long element = SegmentMemory.index(k) * ELEMENT;
      FloatVector x = FloatVector.broadcast(S, all.get(FLOAT, a0 + element));
      c00 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER).fma(x, c00);
      c01 = FloatVector.fromMemorySegment(S, all, b0 + at + BYTES, ORDER).fma(x, c01);
      c02 = FloatVector.fromMemorySegment(S, all, b0 + at + 2 * BYTES, ORDER).fma(x, c02);
      c03 = FloatVector.fromMemorySegment(S, all, b0 + at + 3 * BYTES, ORDER).fma(x, c03);
      c10 = FloatVector.fromMemorySegment(S, all, b1 + at, ORDER).fma(x, c10);
      c11 = FloatVector.fromMemorySegment(S, all, b1 + at + BYTES, ORDER).fma(x, c11);
      c12 = FloatVector.fromMemorySegment(S, all, b1 + at + 2 * BYTES, ORDER).fma(x, c12);
      c13 = FloatVector.fromMemorySegment(S, all, b1 + at + 3 * BYTES, ORDER).fma(x, c13);
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
