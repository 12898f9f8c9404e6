package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions of the vector kernel that need an exponential, on a region of rows by columns. All
 * positions and steps are in bytes from the start of a segment; y may be x.
 *
 * <p>With n = round(x / ln 2) and r = x / ln 2 - n, {@code exp(x) = 2^n + 2^n p} where {@code p = r
 * q(r)} is 2^r - 1; q is a minimax polynomial on [-0.5, 0.5]. Keeping p apart also gives exp(x) -
 * 1, and so tanh, without cancellation. Adding 1.5 * 2^23 + 127 rounds to an integer and leaves n +
 * 127 in the low bits, from where a shift makes 2^n. The fused multiply-add rounds x / ln 2 - n
 * once, and what 1 / ln 2 lacks in float is as a change of x by a quarter of its last bit, which
 * only exp itself must mend. Sigmoid and tanh are within 2e-7 of the true values; NaN stays NaN.
 * The same lines stand in each loop, and in {@link VectorLstm} and {@link VectorGru}, because a
 * method of their own would make the compiler box the vectors.
 */
final class Activations {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  static final float PER_LN2 = 1.44269504f;

  /** What PER_LN2 lacks. */
  private static final float PER_LN2_LOW = 1.925963e-8f;

  static final float ROUND = 12582912f + 127f;

  /** Leaves n + 126, for half of 2^n, which may be 2^128. */
  private static final float HALVED = ROUND - 1;

  /**
   * The polynomial of sigmoid, whose value an error of exp reaches by at most a quarter: 9.3e-8.
   */
  static final float S1 = 0.6931472f;

  static final float S2 = 0.24022235f;
  static final float S3 = 0.055503082f;
  static final float S4 = 0.009671875f;
  static final float S5 = 0.0013407259f;

  /** The other polynomial, whose relative error is 1.1e-8. */
  static final float E1 = 0.6931472f;

  static final float E2 = 0.2402265f;
  static final float E3 = 0.055503573f;
  static final float E4 = 0.0096182375f;
  static final float E5 = 0.0013390736f;
  static final float E6 = 0.00015403512f;

  /** Beyond this 1 / (1 + exp(x)) would need subnormal numbers. */
  static final float SIGMOID_END = 87f;

  /** Beyond this tanh rounds to 1. */
  static final float TANH_END = 9.02f;

  /** Below this exp is taken as 0; 2^-125 is the least power of two that the loops make. */
  static final float EXP_LEAST = -86.5f;

  /** Above this exp is infinite. */
  private static final float EXP_GREATEST = 88.72283f;

  private Activations() {}

  /** y = 1 / (1 + exp(-x)). */
  static void sigmoid(
      MemorySegment xs,
      long x0,
      long xRow,
      MemorySegment ys,
      long y0,
      long yRow,
      int rows,
      int columns) {
    MemorySegment all = SegmentMemory.ALL;
    long from = SegmentMemory.place(xs, x0, rows, xRow, columns);
    long to = SegmentMemory.place(ys, y0, rows, yRow, columns);
    for (int i = 0; i < rows; i++) {
      from = SegmentMemory.address(from);
      to = SegmentMemory.address(to);
      for (int j = 0; j < columns; j += S.length()) {
        long at = SegmentMemory.bytes(j);
        FloatVector x = FloatVector.fromMemorySegment(S, all, from + at, ORDER);
        x = x.blend(-SIGMOID_END, x.compare(VectorOperators.LT, -SIGMOID_END));
        x = x.blend(SIGMOID_END, x.compare(VectorOperators.GT, SIGMOID_END));
        FloatVector t = x.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND));
        FloatVector power =
            t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        FloatVector r =
            x.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND).sub(t));
        FloatVector q = r.fma(FloatVector.broadcast(S, S5), FloatVector.broadcast(S, S4));
        q = q.fma(r, FloatVector.broadcast(S, S3));
        q = q.fma(r, FloatVector.broadcast(S, S2));
        q = q.fma(r, FloatVector.broadcast(S, S1));
        FloatVector y = FloatVector.broadcast(S, 1f).div(power.fma(q.mul(r), power.add(1f)));
        if (j + S.length() <= columns) {
          y.intoMemorySegment(all, to + at, ORDER);
        } else {
          y.intoMemorySegment(all, to + at, ORDER, S.indexInRange(j, columns));
        }
      }
      from += xRow;
      to += yRow;
    }
  }

  /** y = e / (2 + e) with e = exp(2x) - 1. */
  static void tanh(
      MemorySegment xs,
      long x0,
      long xRow,
      MemorySegment ys,
      long y0,
      long yRow,
      int rows,
      int columns) {
    MemorySegment all = SegmentMemory.ALL;
    long from = SegmentMemory.place(xs, x0, rows, xRow, columns);
    long to = SegmentMemory.place(ys, y0, rows, yRow, columns);
    for (int i = 0; i < rows; i++) {
      from = SegmentMemory.address(from);
      to = SegmentMemory.address(to);
      for (int j = 0; j < columns; j += S.length()) {
        long at = SegmentMemory.bytes(j);
        FloatVector x = FloatVector.fromMemorySegment(S, all, from + at, ORDER);
        x = x.blend(-TANH_END, x.compare(VectorOperators.LT, -TANH_END));
        x = x.blend(TANH_END, x.compare(VectorOperators.GT, TANH_END));
        FloatVector t =
            x.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND));
        FloatVector power =
            t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        FloatVector r =
            x.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND).sub(t));
        FloatVector q = r.fma(FloatVector.broadcast(S, E6), FloatVector.broadcast(S, E5));
        q = q.fma(r, FloatVector.broadcast(S, E4));
        q = q.fma(r, FloatVector.broadcast(S, E3));
        q = q.fma(r, FloatVector.broadcast(S, E2));
        q = q.fma(r, FloatVector.broadcast(S, E1));
        FloatVector e = power.fma(q.mul(r), power.sub(1f));
        FloatVector y = e.div(e.add(2f));
        if (j + S.length() <= columns) {
          y.intoMemorySegment(all, to + at, ORDER);
        } else {
          y.intoMemorySegment(all, to + at, ORDER, S.indexInRange(j, columns));
        }
      }
      from += xRow;
      to += yRow;
    }
  }

  /** y = exp(x - shift) on one row; the sum of y, its lanes added pairwise in a fixed order. */
  static float exp(MemorySegment xs, long x0, float shift, MemorySegment ys, long y0, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    x0 = SegmentMemory.place(xs, x0, 1, 0, columns);
    y0 = SegmentMemory.place(ys, y0, 1, 0, columns);
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += S.length()) {
      long at = SegmentMemory.bytes(j);
      FloatVector x = FloatVector.fromMemorySegment(S, all, x0 + at, ORDER).sub(shift);
      VectorMask<Float> small = x.compare(VectorOperators.LT, EXP_LEAST);
      VectorMask<Float> great = x.compare(VectorOperators.GT, EXP_GREATEST);
      x = x.blend(0f, small.or(great));
      FloatVector t = x.fma(FloatVector.broadcast(S, PER_LN2), FloatVector.broadcast(S, HALVED));
      FloatVector half =
          t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r =
          x.fma(FloatVector.broadcast(S, PER_LN2), FloatVector.broadcast(S, HALVED).sub(t));
      r = x.fma(FloatVector.broadcast(S, PER_LN2_LOW), r);
      FloatVector q = r.fma(FloatVector.broadcast(S, E6), FloatVector.broadcast(S, E5));
      q = q.fma(r, FloatVector.broadcast(S, E4));
      q = q.fma(r, FloatVector.broadcast(S, E3));
      q = q.fma(r, FloatVector.broadcast(S, E2));
      q = q.fma(r, FloatVector.broadcast(S, E1));
      FloatVector y = half.fma(q.mul(r), half);
      y = y.add(y).blend(0f, small).blend(Float.POSITIVE_INFINITY, great);
      if (j + S.length() <= columns) {
        sum = sum.add(y);
        y.intoMemorySegment(all, y0 + at, ORDER);
      } else {
        VectorMask<Float> rest = S.indexInRange(j, columns);
        sum = sum.add(FloatVector.zero(S).blend(y, rest));
        y.intoMemorySegment(all, y0 + at, ORDER, rest);
      }
    }
    return Reductions.sum(sum);
  }
}
