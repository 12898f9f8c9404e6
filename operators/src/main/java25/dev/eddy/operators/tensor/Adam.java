package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The optimizer step of the vector kernel, as {@link AdamStep} defines it. */
final class Adam {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();

  private Adam() {}

  static void step(Tensor w, Tensor g, Tensor m, Tensor v, AdamStep step) {
    float rate = step.rate();
    float correction = step.correction();
    boolean flat = Elements.flat(w) && Elements.flat(g) && Elements.flat(m) && Elements.flat(v);
    int rows = flat ? 1 : w.rows();
    int columns = flat ? w.rows() * w.columns() : w.columns();
    for (int r = 0; r < rows; r++) {
      row(w, r, g, r, m, v, columns, step, rate, correction);
    }
  }

  static void stepRows(
      Tensor w, int[] rows, int from, int to, Tensor g, Tensor m, Tensor v, AdamStep step) {
    float rate = step.rate();
    float correction = step.correction();
    for (int j = from; j < to; j++) {
      row(w, rows[j], g, j, m, v, w.columns(), step, rate, correction);
    }
  }

  private static void row(
      Tensor w,
      int row,
      Tensor g,
      int gRow,
      Tensor m,
      Tensor v,
      int columns,
      AdamStep step,
      float rate,
      float correction) {
    MemorySegment all = SegmentMemory.ALL;
    long w0 = SegmentMemory.place(w, row, columns);
    long g0 = SegmentMemory.place(g, gRow, columns);
    long m0 = SegmentMemory.place(m, row, columns);
    long v0 = SegmentMemory.place(v, row, columns);
    float beta1 = (float) step.beta1();
    float beta2 = (float) step.beta2();
    float rest1 = (float) (1 - step.beta1());
    float rest2 = (float) (1 - step.beta2());
    float epsilon = (float) step.epsilon();
    for (int j = 0; j < columns; j += LANES) {
      long at = SegmentMemory.bytes(j);
      FloatVector slope = FloatVector.fromMemorySegment(S, all, g0 + at, ORDER);
      FloatVector first =
          FloatVector.fromMemorySegment(S, all, m0 + at, ORDER).mul(beta1).add(slope.mul(rest1));
      FloatVector second =
          FloatVector.fromMemorySegment(S, all, v0 + at, ORDER)
              .mul(beta2)
              .add(slope.mul(rest2).mul(slope));
      FloatVector weight =
          FloatVector.fromMemorySegment(S, all, w0 + at, ORDER)
              .sub(first.mul(rate).div(second.sqrt().mul(correction).add(epsilon)));
      if (j + LANES <= columns) {
        first.intoMemorySegment(all, m0 + at, ORDER);
        second.intoMemorySegment(all, v0 + at, ORDER);
        weight.intoMemorySegment(all, w0 + at, ORDER);
      } else {
        VectorMask<Float> mask = S.indexInRange(j, columns);
        first.intoMemorySegment(all, m0 + at, ORDER, mask);
        second.intoMemorySegment(all, v0 + at, ORDER, mask);
        weight.intoMemorySegment(all, w0 + at, ORDER, mask);
      }
    }
  }
}
