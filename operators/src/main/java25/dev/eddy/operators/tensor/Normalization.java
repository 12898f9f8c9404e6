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
    MemorySegment all = SegmentMemory.ALL;
    int columns = x.columns();
    for (int r = 0; r < x.rows(); r++) {
      long x0 = SegmentMemory.place(x, r, columns);
      long y0 = SegmentMemory.place(y, r, columns);
      float mean = sum(x0, columns) / columns;
      float variance = squares(x0, mean, columns) / columns;
      float factor = (float) (1 / Math.sqrt(variance + epsilon));
      Products.set(inverse, r, 0, factor);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector v = FloatVector.fromMemorySegment(S, all, x0 + at, ORDER).sub(mean).mul(factor);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void gradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = y.columns();
    for (int r = 0; r < y.rows(); r++) {
      long y0 = SegmentMemory.place(y, r, columns);
      long dy0 = SegmentMemory.place(dy, r, columns);
      long dx0 = SegmentMemory.place(dx, r, columns);
      float mean = sum(dy0, columns) / columns;
      float along = product(dy0, y0, columns) / columns;
      float factor = Products.get(inverse, r, 0);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector y1 = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
        FloatVector dy1 = FloatVector.fromMemorySegment(S, all, dy0 + at, ORDER);
        FloatVector dx1 = FloatVector.fromMemorySegment(S, all, dx0 + at, ORDER);
        FloatVector v = dy1.sub(mean).sub(y1.mul(along)).fma(FloatVector.broadcast(S, factor), dx1);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, dx0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, dx0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  private static float sum(long x0, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    x0 = SegmentMemory.address(x0);
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, all, x0 + SegmentMemory.bytes(j), ORDER);
      if (j + LANES > columns) {
        x = FloatVector.zero(S).blend(x, S.indexInRange(j, columns));
      }
      sum = sum.add(x);
    }
    return Reductions.sum(sum);
  }

  private static float squares(long x0, float mean, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    x0 = SegmentMemory.address(x0);
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, all, x0 + SegmentMemory.bytes(j), ORDER);
      x = x.sub(mean);
      if (j + LANES > columns) {
        x = FloatVector.zero(S).blend(x, S.indexInRange(j, columns));
      }
      sum = x.fma(x, sum);
    }
    return Reductions.sum(sum);
  }

  private static float product(long a0, long b0, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    a0 = SegmentMemory.address(a0);
    b0 = SegmentMemory.address(b0);
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      long at = SegmentMemory.bytes(j);
      FloatVector a = FloatVector.fromMemorySegment(S, all, a0 + at, ORDER);
      FloatVector b = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
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
