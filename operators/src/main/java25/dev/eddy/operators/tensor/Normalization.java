package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Layer normalisation in the vector kernel, row by row; the equations are in {@link Kernel}. */
final class Normalization {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();

  private Normalization() {}

  static void forward(Tensor x, float epsilon, Tensor y, Tensor inverse) {
    MemorySegment xs = SegmentMemory.of(x);
    MemorySegment ys = SegmentMemory.of(y);
    int columns = x.columns();
    for (int r = 0; r < x.rows(); r++) {
      long x0 = SegmentMemory.at(x, r);
      long y0 = SegmentMemory.at(y, r);
      float mean = sum(xs, x0, columns) / columns;
      float variance = squares(xs, x0, mean, columns) / columns;
      float factor = (float) (1 / Math.sqrt(variance + epsilon));
      Products.set(inverse, r, 0, factor);
      for (int j = 0; j < columns; j += LANES) {
        long at = (long) Float.BYTES * j;
        FloatVector v = FloatVector.fromMemorySegment(S, xs, x0 + at, ORDER).sub(mean).mul(factor);
        if (j + LANES <= columns) {
          v.intoMemorySegment(ys, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(ys, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void gradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx) {
    MemorySegment ys = SegmentMemory.of(y);
    MemorySegment dys = SegmentMemory.of(dy);
    MemorySegment dxs = SegmentMemory.of(dx);
    int columns = y.columns();
    for (int r = 0; r < y.rows(); r++) {
      long y0 = SegmentMemory.at(y, r);
      long dy0 = SegmentMemory.at(dy, r);
      long dx0 = SegmentMemory.at(dx, r);
      float mean = sum(dys, dy0, columns) / columns;
      float along = product(dys, dy0, ys, y0, columns) / columns;
      float factor = Products.get(inverse, r, 0);
      for (int j = 0; j < columns; j += LANES) {
        long at = (long) Float.BYTES * j;
        FloatVector y1 = FloatVector.fromMemorySegment(S, ys, y0 + at, ORDER);
        FloatVector dy1 = FloatVector.fromMemorySegment(S, dys, dy0 + at, ORDER);
        FloatVector dx1 = FloatVector.fromMemorySegment(S, dxs, dx0 + at, ORDER);
        FloatVector v = dy1.sub(mean).sub(y1.mul(along)).fma(FloatVector.broadcast(S, factor), dx1);
        if (j + LANES <= columns) {
          v.intoMemorySegment(dxs, dx0 + at, ORDER);
        } else {
          v.intoMemorySegment(dxs, dx0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  private static float sum(MemorySegment xs, long x0, int columns) {
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, xs, x0 + (long) Float.BYTES * j, ORDER);
      if (j + LANES > columns) {
        x = FloatVector.zero(S).blend(x, S.indexInRange(j, columns));
      }
      sum = sum.add(x);
    }
    return Reductions.sum(sum);
  }

  private static float squares(MemorySegment xs, long x0, float mean, int columns) {
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, xs, x0 + (long) Float.BYTES * j, ORDER);
      x = x.sub(mean);
      if (j + LANES > columns) {
        x = FloatVector.zero(S).blend(x, S.indexInRange(j, columns));
      }
      sum = x.fma(x, sum);
    }
    return Reductions.sum(sum);
  }

  private static float product(MemorySegment as, long a0, MemorySegment bs, long b0, int columns) {
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      long at = (long) Float.BYTES * j;
      FloatVector a = FloatVector.fromMemorySegment(S, as, a0 + at, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(S, bs, b0 + at, ORDER);
      if (j + LANES > columns) {
        VectorMask<Float> rest = S.indexInRange(j, columns);
        a = FloatVector.zero(S).blend(a, rest);
        b = FloatVector.zero(S).blend(b, rest);
      }
      sum = a.fma(b, sum);
    }
    return Reductions.sum(sum);
  }
}
