package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Element-wise operations of the vector kernel. Tensors without gaps between their rows are taken
 * as one long row; the last vector of a row is stored under a mask.
 */
final class Elements {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();

  private Elements() {}

  static void fill(Tensor y, float value) {
    MemorySegment all = SegmentMemory.ALL;
    boolean flat = flat(y);
    int rows = flat ? 1 : y.rows();
    int columns = flat ? y.rows() * y.columns() : y.columns();
    for (int r = 0; r < rows; r++) {
      long y0 = SegmentMemory.place(y, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector v = FloatVector.broadcast(S, value);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void copy(Tensor x, Tensor y) {
    boolean flat = flat(x) && flat(y);
    int rows = flat ? 1 : y.rows();
    int columns = flat ? y.rows() * y.columns() : y.columns();
    copy(x, SegmentMemory.at(x, 0), y, SegmentMemory.at(y, 0), rows, columns);
  }

  /** Copies rows and columns between places in bytes, each with its tensor's stride. */
  static void copy(Tensor x, long x0, Tensor y, long y0, int rows, int columns) {
    MemorySegment xs = SegmentMemory.of(x);
    MemorySegment ys = SegmentMemory.of(y);
    copy(xs, x0, SegmentMemory.step(x), ys, y0, SegmentMemory.step(y), rows, columns);
  }

  /** Copies rows and columns between places, positions and steps in bytes. */
  static void copy(
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
    for (int r = 0; r < rows; r++) {
      from = SegmentMemory.address(from);
      to = SegmentMemory.address(to);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector v = FloatVector.fromMemorySegment(S, all, from + at, ORDER);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, to + at, ORDER);
        } else {
          v.intoMemorySegment(all, to + at, ORDER, S.indexInRange(j, columns));
        }
      }
      from += xRow;
      to += yRow;
    }
  }

  static void axpy(float a, Tensor x, Tensor y) {
    MemorySegment all = SegmentMemory.ALL;
    boolean flat = flat(x) && flat(y);
    int rows = flat ? 1 : y.rows();
    int columns = flat ? y.rows() * y.columns() : y.columns();
    for (int r = 0; r < rows; r++) {
      long x0 = SegmentMemory.place(x, r, columns);
      long y0 = SegmentMemory.place(y, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector x1 = FloatVector.fromMemorySegment(S, all, x0 + at, ORDER);
        FloatVector y1 = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
        FloatVector v = x1.fma(FloatVector.broadcast(S, a), y1);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void scale(float a, Tensor y) {
    MemorySegment all = SegmentMemory.ALL;
    boolean flat = flat(y);
    int rows = flat ? 1 : y.rows();
    int columns = flat ? y.rows() * y.columns() : y.columns();
    for (int r = 0; r < rows; r++) {
      long y0 = SegmentMemory.place(y, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector y1 = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
        FloatVector v = y1.mul(a);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void multiplyAdd(Tensor a, Tensor b, Tensor y) {
    MemorySegment all = SegmentMemory.ALL;
    boolean flat = flat(a) && flat(b) && flat(y);
    int rows = flat ? 1 : y.rows();
    int columns = flat ? y.rows() * y.columns() : y.columns();
    for (int r = 0; r < rows; r++) {
      long a0 = SegmentMemory.place(a, r, columns);
      long b0 = SegmentMemory.place(b, r, columns);
      long y0 = SegmentMemory.place(y, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector a1 = FloatVector.fromMemorySegment(S, all, a0 + at, ORDER);
        FloatVector b1 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
        FloatVector y1 = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
        FloatVector v = a1.fma(b1, y1);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void select(boolean greater, Tensor a, Tensor b, Tensor y, Tensor first) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = y.columns();
    for (int r = 0; r < y.rows(); r++) {
      long a0 = SegmentMemory.place(a, r, columns);
      long b0 = SegmentMemory.place(b, r, columns);
      long y0 = SegmentMemory.place(y, r, columns);
      long first0 = SegmentMemory.place(first, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector a1 = FloatVector.fromMemorySegment(S, all, a0 + at, ORDER);
        FloatVector b1 = FloatVector.fromMemorySegment(S, all, b0 + at, ORDER);
        VectorMask<Float> left =
            greater ? a1.compare(VectorOperators.GE, b1) : a1.compare(VectorOperators.LE, b1);
        VectorMask<Float> mask = S.indexInRange(j, columns);
        b1.blend(a1, left).intoMemorySegment(all, y0 + at, ORDER, mask);
        FloatVector.zero(S).blend(1f, left).intoMemorySegment(all, first0 + at, ORDER, mask);
      }
    }
  }

  static void clamp(float limit, Tensor y) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = y.columns();
    for (int r = 0; r < y.rows(); r++) {
      long y0 = SegmentMemory.place(y, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector v = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
        v = v.blend(limit, v.compare(VectorOperators.GT, limit));
        v = v.blend(-limit, v.compare(VectorOperators.LT, -limit));
        v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
      }
    }
  }

  /** LINEAR, RELU, THRESHOLD, NEGATE and RECIPROCAL. */
  static void map(Function f, Tensor x, Tensor y) {
    MemorySegment all = SegmentMemory.ALL;
    boolean flat = flat(x) && flat(y);
    int rows = flat ? 1 : y.rows();
    int columns = flat ? y.rows() * y.columns() : y.columns();
    for (int r = 0; r < rows; r++) {
      long x0 = SegmentMemory.place(x, r, columns);
      long y0 = SegmentMemory.place(y, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector x1 = FloatVector.fromMemorySegment(S, all, x0 + at, ORDER);
        FloatVector v =
            switch (f) {
              case LINEAR -> x1;
              case RELU -> FloatVector.zero(S).blend(x1, x1.compare(VectorOperators.GT, 0f));
              case THRESHOLD -> FloatVector.zero(S).blend(1f, x1.compare(VectorOperators.GT, 0f));
              case NEGATE -> x1.neg();
              default -> FloatVector.broadcast(S, 1f).div(x1);
            };
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, y0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  /** All whose derivative is a function of y. */
  static void mapGradient(Function f, Tensor y, Tensor dy, Tensor dx) {
    MemorySegment all = SegmentMemory.ALL;
    boolean flat = flat(y) && flat(dy) && flat(dx);
    int rows = flat ? 1 : dx.rows();
    int columns = flat ? dx.rows() * dx.columns() : dx.columns();
    for (int r = 0; r < rows; r++) {
      long y0 = SegmentMemory.place(y, r, columns);
      long dy0 = SegmentMemory.place(dy, r, columns);
      long dx0 = SegmentMemory.place(dx, r, columns);
      for (int j = 0; j < columns; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector y1 = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
        FloatVector dy1 = FloatVector.fromMemorySegment(S, all, dy0 + at, ORDER);
        FloatVector dx1 = FloatVector.fromMemorySegment(S, all, dx0 + at, ORDER);
        FloatVector slope =
            switch (f) {
              case LINEAR -> FloatVector.broadcast(S, 1f);
              case SIGMOID -> y1.sub(y1.mul(y1));
              case TANH -> FloatVector.broadcast(S, 1f).sub(y1.mul(y1));
              case RELU -> FloatVector.zero(S).blend(1f, y1.compare(VectorOperators.GT, 0f));
              case EXP -> y1;
              case NEGATE -> FloatVector.broadcast(S, -1f);
              case RECIPROCAL -> y1.mul(y1).neg();
              default -> throw new IllegalArgumentException(f + " has no vector derivative");
            };
        FloatVector v = dy1.fma(slope, dx1);
        if (j + LANES <= columns) {
          v.intoMemorySegment(all, dx0 + at, ORDER);
        } else {
          v.intoMemorySegment(all, dx0 + at, ORDER, S.indexInRange(j, columns));
        }
      }
    }
  }

  static void addRow(Tensor row, Tensor y) {
    for (int r = 0; r < y.rows(); r++) {
      addRow(1, row, 0, y, r);
    }
  }

  static void addRowSum(Tensor x, Tensor row) {
    for (int r = 0; r < x.rows(); r++) {
      addRow(1, x, r, row, 0);
    }
  }

  /** One row of y += a times one row of x. */
  static void addRow(float a, Tensor x, int xRow, Tensor y, int yRow) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = y.columns();
    long x0 = SegmentMemory.place(x, xRow, columns);
    long y0 = SegmentMemory.place(y, yRow, columns);
    for (int j = 0; j < columns; j += LANES) {
      long at = SegmentMemory.bytes(j);
      FloatVector x1 = FloatVector.fromMemorySegment(S, all, x0 + at, ORDER);
      FloatVector y1 = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER);
      FloatVector v = x1.fma(FloatVector.broadcast(S, a), y1);
      if (j + LANES <= columns) {
        v.intoMemorySegment(all, y0 + at, ORDER);
      } else {
        v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
      }
    }
  }

  /** One row of y = the sum of the rows {@code indices[from..to)} of a table. */
  static void bag(Tensor table, int[] indices, int from, int to, Tensor y, int row) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = y.columns();
    long xRow = SegmentMemory.step(table);
    long x0 = SegmentMemory.place(table);
    long y0 = SegmentMemory.place(y, row, columns);
    for (int j = 0; j < columns; j += LANES) {
      long at = SegmentMemory.bytes(j);
      FloatVector v = FloatVector.zero(S);
      for (int i = from; i < to; i++) {
        long row0 = SegmentMemory.address(x0 + indices[i] * xRow);
        v = v.add(FloatVector.fromMemorySegment(S, all, row0 + at, ORDER));
      }
      if (j + LANES <= columns) {
        v.intoMemorySegment(all, y0 + at, ORDER);
      } else {
        v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
      }
    }
  }

  /** One row of y *= a. */
  static void scaleRow(float a, Tensor y, int row) {
    MemorySegment all = SegmentMemory.ALL;
    int columns = y.columns();
    long y0 = SegmentMemory.place(y, row, columns);
    for (int j = 0; j < columns; j += LANES) {
      long at = SegmentMemory.bytes(j);
      FloatVector v = FloatVector.fromMemorySegment(S, all, y0 + at, ORDER).mul(a);
      if (j + LANES <= columns) {
        v.intoMemorySegment(all, y0 + at, ORDER);
      } else {
        v.intoMemorySegment(all, y0 + at, ORDER, S.indexInRange(j, columns));
      }
    }
  }

  /** Whether the rows follow each other without a gap, so that they are one long row. */
  static boolean flat(Tensor t) {
    return t.stride == t.columns();
  }
}
