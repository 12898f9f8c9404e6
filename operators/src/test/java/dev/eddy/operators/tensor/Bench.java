package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Where a test lays out a calculation for one kernel: its tensors are views inside of larger ones,
 * so that reading past a row's end poisons a result, or writing there is found.
 */
final class Bench implements AutoCloseable {
  private static final int ABOVE = 2;
  private static final int LEFT = 3;
  private static final int RIGHT = 5;

  /** Floats of a cache line, where tensors begin, and of the first block of a scope. */
  private static final int LINE = 16;

  private static final int BLOCK = 1 << 14;

  /** What lies around a tensor. */
  enum Place {
    /** NaN: whatever is read beyond a row's end shows in the results that it reaches. */
    IN_NAN,
    /** Numbers, none like another: whatever is stored beyond a row's end changes one. */
    IN_NUMBERS,
    /** The same above and below; the rows follow each other without gaps. */
    BETWEEN_ROWS,
    /** The same above and to the left; the last element is the last of a block. */
    AT_BLOCK_END
  }

  /** A tensor within a larger one, and the numbers that were around it. */
  private record Frame(Tensor all, float[] before, int above, int rows, int left, int columns) {
    void check() {
      float[] now = all.get();
      for (int i = 0; i < now.length; i++) {
        int r = i / all.columns() - above;
        int c = i % all.columns() - left;
        boolean outside = r < 0 || r >= rows || c < 0 || c >= columns;
        if (outside && Float.floatToRawIntBits(now[i]) != Float.floatToRawIntBits(before[i])) {
          throw new AssertionError(
              String.format("stored at %d, %d of [%d, %d]: %s", r, c, rows, columns, now[i]));
        }
      }
    }
  }

  final Kernel kernel;
  final Random random;
  private final Place place;
  private final List<Scope> scopes = new ArrayList<>();
  private final List<Frame> frames = new ArrayList<>();
  private final List<Result> results = new ArrayList<>();

  /** What a calculation gave, and how far another kernel may be from it. */
  record Result(String name, float[] values, double tolerance) {}

  /** Something to compute on a bench. */
  interface Calculation {
    void run(Bench bench);
  }

  Bench(Kernel kernel, long seed) {
    this(kernel, seed, Place.IN_NAN);
  }

  Bench(Kernel kernel, long seed, Place place) {
    this.kernel = kernel;
    this.random = new Random(seed);
    this.place = place;
    scopes.add(kernel.open());
  }

  Scope scope() {
    return scopes.get(0);
  }

  /** A tensor of zeros in its place. */
  Tensor zeros(int rows, int columns) {
    return switch (place) {
      case IN_NAN, IN_NUMBERS -> zeros(scope(), ABOVE, rows, ABOVE, LEFT, columns, RIGHT);
      case BETWEEN_ROWS -> {
        int around = ABOVE + 2 * LINE / columns;
        yield zeros(scope(), around, rows, around, 0, columns, 0);
      }
      case AT_BLOCK_END -> {
        Scope own = kernel.open();
        scopes.add(own);
        int width = (LEFT + columns + LINE - 1) / LINE * LINE;
        int rest = BLOCK - (ABOVE + rows) * width;
        if (rest > 0) {
          own.allocate(1, rest);
        }
        Tensor inner = zeros(own, ABOVE, rows, 0, width - columns, columns, 0);
        assertEquals(inner.memory.floats, inner.offset + (rows - 1) * inner.stride + columns);
        yield inner;
      }
    };
  }

  private Tensor zeros(
      Scope scope, int above, int rows, int below, int left, int columns, int right) {
    Tensor all = scope.allocate(above + rows + below, left + columns + right);
    float[] before = new float[all.rows() * all.columns()];
    for (int i = 0; i < before.length; i++) {
      before[i] = place == Place.IN_NAN ? Float.NaN : 2 + random.nextFloat();
    }
    all.set(before);
    frames.add(new Frame(all, before, above, rows, left, columns));
    Tensor inner = all.rows(above, rows).columns(left, columns);
    kernel.fill(inner, 0);
    return inner;
  }

  /** A tensor of numbers between -1 and 1 in its place. */
  Tensor random(int rows, int columns) {
    return random(rows, columns, -1, 1);
  }

  Tensor random(int rows, int columns, float least, float greatest) {
    Tensor inner = zeros(rows, columns);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = least + (greatest - least) * random.nextFloat();
    }
    inner.set(values);
    return inner;
  }

  int[] labels(int rows, int classes) {
    int[] labels = new int[rows];
    for (int i = 0; i < rows; i++) {
      labels[i] = random.nextInt(classes + 1) - 1;
    }
    return labels;
  }

  void result(String name, Tensor y, double tolerance) {
    results.add(new Result(name, y.get(), tolerance));
  }

  /** What lies around the tensors is as it was. */
  void checkFrames() {
    frames.forEach(Frame::check);
  }

  /** Runs the calculation on both kernels with the same numbers and compares all results. */
  static void agree(
      String what, Place place, Kernel expected, Kernel actual, long seed, Calculation c) {
    try (Bench left = new Bench(expected, seed, place);
        Bench right = new Bench(actual, seed, place)) {
      c.run(left);
      c.run(right);
      left.checkFrames();
      right.checkFrames();
      assertEquals(left.results.size(), right.results.size());
      assertTrue(!left.results.isEmpty(), what);
      for (int i = 0; i < left.results.size(); i++) {
        Result l = left.results.get(i);
        Result r = right.results.get(i);
        assertEquals(l.values().length, r.values().length);
        for (int j = 0; j < l.values().length; j++) {
          if (!(Math.abs(l.values()[j] - (double) r.values()[j]) <= l.tolerance())) {
            throw new AssertionError(
                String.format(
                    "%s: %s[%d] is %s, not %s within %s",
                    what, l.name(), j, r.values()[j], l.values()[j], l.tolerance()));
          }
        }
      }
    }
  }

  @Override
  public void close() {
    scopes.forEach(Scope::close);
  }
}
