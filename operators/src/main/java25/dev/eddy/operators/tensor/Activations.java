package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Functions of the vector kernel that need an exponential, on a region of rows by columns. All
 * positions and steps are in bytes, as in {@link Tiles}; y may be x.
 *
 * <p>With n = round(x / ln 2) and r = x - n ln 2, {@code exp(x) = 2^n + 2^n p} where {@code p = r +
 * r^2 q(r)} is exp(r) - 1; q is a minimax polynomial on [-0.3475, 0.3475] whose error is below
 * 1.4e-8. Keeping p apart also gives exp(x) - 1, and so tanh, without cancellation. Adding 1.5 *
 * 2^23 rounds to an integer and leaves it in the low bits, from where a shift makes 2^n. Sigmoid
 * and tanh are within 2e-7 of the true values; NaN stays NaN. The same lines stand in each loop
 * because a method of their own would make the compiler box the vectors.
 */
final class Activations {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  static final float PER_LN2 = 1.44269504f;
  static final float LN2_HIGH = 0.693359375f;
  static final float LN2_LOW = -2.12194440e-4f;
  static final float ROUND = 12582912f;
  static final int ONE = 0x3F800000;
  static final float Q1 = 0.16666542f;
  static final float Q2 = 0.041666277f;
  static final float Q3 = 0.008366755f;
  static final float Q4 = 0.0013946748f;

  /** Beyond this 1 / (1 + exp(x)) would need subnormal numbers. */
  private static final float SIGMOID_END = 87f;

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
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j += S.length()) {
        long at = (long) Float.BYTES * j;
        FloatVector x = FloatVector.fromMemorySegment(S, xs, x0 + at, ORDER).neg();
        x = x.blend(-SIGMOID_END, x.compare(VectorOperators.LT, -SIGMOID_END));
        x = x.blend(SIGMOID_END, x.compare(VectorOperators.GT, SIGMOID_END));
        FloatVector t = x.fma(FloatVector.broadcast(S, PER_LN2), FloatVector.broadcast(S, ROUND));
        FloatVector n = t.sub(ROUND);
        FloatVector power =
            t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(ONE).reinterpretAsFloats();
        FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(S, -LN2_LOW), r);
        FloatVector q = r.fma(FloatVector.broadcast(S, Q4), FloatVector.broadcast(S, Q3));
        q = q.fma(r, FloatVector.broadcast(S, Q2));
        q = q.fma(r, FloatVector.broadcast(S, Q1));
        q = q.fma(r, FloatVector.broadcast(S, 0.5f));
        FloatVector p = q.fma(r.mul(r), r);
        FloatVector y = FloatVector.broadcast(S, 1f).div(power.fma(p, power).add(1f));
        if (j + S.length() <= columns) {
          y.intoMemorySegment(ys, y0 + at, ORDER);
        } else {
          y.intoMemorySegment(ys, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
      x0 += xRow;
      y0 += yRow;
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
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j += S.length()) {
        long at = (long) Float.BYTES * j;
        FloatVector x = FloatVector.fromMemorySegment(S, xs, x0 + at, ORDER);
        x = x.blend(-TANH_END, x.compare(VectorOperators.LT, -TANH_END));
        x = x.blend(TANH_END, x.compare(VectorOperators.GT, TANH_END));
        x = x.add(x);
        FloatVector t = x.fma(FloatVector.broadcast(S, PER_LN2), FloatVector.broadcast(S, ROUND));
        FloatVector n = t.sub(ROUND);
        FloatVector power =
            t.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).add(ONE).reinterpretAsFloats();
        FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(S, -LN2_LOW), r);
        FloatVector q = r.fma(FloatVector.broadcast(S, Q4), FloatVector.broadcast(S, Q3));
        q = q.fma(r, FloatVector.broadcast(S, Q2));
        q = q.fma(r, FloatVector.broadcast(S, Q1));
        q = q.fma(r, FloatVector.broadcast(S, 0.5f));
        FloatVector p = q.fma(r.mul(r), r);
        FloatVector e = power.fma(p, power.sub(1f));
        FloatVector y = e.div(e.add(2f));
        if (j + S.length() <= columns) {
          y.intoMemorySegment(ys, y0 + at, ORDER);
        } else {
          y.intoMemorySegment(ys, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
      x0 += xRow;
      y0 += yRow;
    }
  }

  /** y = exp(x - shift) on one row; the sum of y, its lanes added pairwise in a fixed order. */
  static float exp(MemorySegment xs, long x0, float shift, MemorySegment ys, long y0, int columns) {
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += S.length()) {
      long at = (long) Float.BYTES * j;
      FloatVector x = FloatVector.fromMemorySegment(S, xs, x0 + at, ORDER).sub(shift);
      VectorMask<Float> small = x.compare(VectorOperators.LT, EXP_LEAST);
      VectorMask<Float> great = x.compare(VectorOperators.GT, EXP_GREATEST);
      x = x.blend(0f, small.or(great));
      FloatVector t = x.fma(FloatVector.broadcast(S, PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector n = t.sub(ROUND);
      FloatVector half =
          t.reinterpretAsInts()
              .lanewise(VectorOperators.LSHL, 23)
              .add(ONE - (1 << 23))
              .reinterpretAsFloats();
      FloatVector r = n.fma(FloatVector.broadcast(S, -LN2_HIGH), x);
      r = n.fma(FloatVector.broadcast(S, -LN2_LOW), r);
      FloatVector q = r.fma(FloatVector.broadcast(S, Q4), FloatVector.broadcast(S, Q3));
      q = q.fma(r, FloatVector.broadcast(S, Q2));
      q = q.fma(r, FloatVector.broadcast(S, Q1));
      q = q.fma(r, FloatVector.broadcast(S, 0.5f));
      FloatVector y = half.fma(q.fma(r.mul(r), r), half);
      y = y.add(y).blend(0f, small).blend(Float.POSITIVE_INFINITY, great);
      if (j + S.length() <= columns) {
        sum = sum.add(y);
        y.intoMemorySegment(ys, y0 + at, ORDER);
      } else {
        VectorMask<Float> rest = S.indexInRange(j, columns);
        sum = sum.add(FloatVector.zero(S).blend(y, rest));
        y.intoMemorySegment(ys, y0 + at, ORDER, rest);
      }
    }
    return Reductions.sum(sum);
  }
}
