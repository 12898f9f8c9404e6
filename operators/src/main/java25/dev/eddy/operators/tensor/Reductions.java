package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums and greatest elements. {@code reduceLanes(ADD)} leaves the order of a sum open, and it does
 * differ between interpreted and compiled code, so lanes are added here in a fixed order: the upper
 * half to the lower, until one is left.
 */
final class Reductions {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(S, 8 % LANES, 1, true);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(S, 4 % LANES, 1, true);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(S, 2 % LANES, 1, true);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(S, 1, 1, true);

  /** Elements that are summed in float before the sum goes on in double. */
  private static final int CHUNK = 1024;

  static {
    if (LANES > 16) {
      throw new UnsupportedOperationException("vectors of " + LANES + " floats; at most 16");
    }
  }

  private Reductions() {}

  static float sum(FloatVector v) {
    if (LANES > 8) {
      v = v.add(v.rearrange(BY_8));
    }
    if (LANES > 4) {
      v = v.add(v.rearrange(BY_4));
    }
    if (LANES > 2) {
      v = v.add(v.rearrange(BY_2));
    }
    return v.add(v.rearrange(BY_1)).lane(0);
  }

  /** The greatest of a row; NaN is none. */
  static float greatest(MemorySegment xs, long x0, int columns) {
    FloatVector greatest = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    MemorySegment all = SegmentMemory.ALL;
    x0 = SegmentMemory.place(xs, x0, 1, 0, columns);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, all, x0 + SegmentMemory.bytes(j), ORDER);
      if (j + LANES > columns) {
        x = greatest.blend(x, S.indexInRange(j, columns));
      }
      greatest = greatest.blend(x, x.compare(VectorOperators.GT, greatest));
    }
    return greatest.reduceLanes(VectorOperators.MAX);
  }

  /** The first place of a value in a row; 0 if it is not there. */
  static int first(MemorySegment xs, long x0, int columns, float value) {
    MemorySegment all = SegmentMemory.ALL;
    x0 = SegmentMemory.place(xs, x0, 1, 0, columns);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, all, x0 + SegmentMemory.bytes(j), ORDER);
      int place = j + x.compare(VectorOperators.EQ, value).firstTrue();
      if (place < Math.min(j + LANES, columns)) {
        return place;
      }
    }
    return 0;
  }

  static double sumOfSquares(Tensor x) {
    boolean flat = Elements.flat(x);
    int rows = flat ? 1 : x.rows();
    int columns = flat ? x.rows() * x.columns() : x.columns();
    double total = 0;
    for (int r = 0; r < rows; r++) {
      long x0 = SegmentMemory.place(x, r, columns);
      for (int from = 0; from < columns; from += CHUNK) {
        total += sumOfSquares(x0 + SegmentMemory.bytes(from), Math.min(CHUNK, columns - from));
      }
    }
    return total;
  }

  private static float sumOfSquares(long x0, int columns) {
    MemorySegment all = SegmentMemory.ALL;
    x0 = SegmentMemory.address(x0);
    FloatVector sum = FloatVector.zero(S);
    for (int j = 0; j < columns; j += LANES) {
      FloatVector x = FloatVector.fromMemorySegment(S, all, x0 + SegmentMemory.bytes(j), ORDER);
      if (j + LANES > columns) {
        x = FloatVector.zero(S).blend(x, S.indexInRange(j, columns));
      }
      sum = x.fma(x, sum);
    }
    return sum(sum);
  }
}
