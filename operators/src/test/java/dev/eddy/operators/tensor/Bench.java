package dev.eddy.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Where a test lays out a calculation for one kernel: its tensors are views inside of larger ones
 * full of NaN, so that reading past a row's end poisons a result and writing there is found.
 */
final class Bench implements AutoCloseable {
  private static final int ABOVE = 2;
  private static final int LEFT = 3;
  private static final int RIGHT = 5;

  final Kernel kernel;
  final Random random;
  private final Scope scope;
  private final List<Tensor> frames = new ArrayList<>();
  private final List<Result> results = new ArrayList<>();

  /** What a calculation gave, and how far another kernel may be from it. */
  record Result(String name, float[] values, double tolerance) {}

  /** Something to compute on a bench. */
  interface Calculation {
    void run(Bench bench);
  }

  Bench(Kernel kernel, long seed) {
    this.kernel = kernel;
    this.random = new Random(seed);
    this.scope = kernel.open();
  }

  Scope scope() {
    return scope;
  }

  /** A tensor of zeros in a frame of NaN. */
  Tensor zeros(int rows, int columns) {
    Tensor frame = scope.allocate(rows + 2 * ABOVE, columns + LEFT + RIGHT);
    kernel.fill(frame, Float.NaN);
    frames.add(frame);
    Tensor inner = frame.rows(ABOVE, rows).columns(LEFT, columns);
    kernel.fill(inner, 0);
    return inner;
  }

  /** A tensor of numbers between -1 and 1 in a frame of NaN. */
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

  /** All frames are still NaN around their tensors. */
  void checkFrames() {
    for (Tensor frame : frames) {
      float[] values = frame.get();
      int columns = frame.columns();
      for (int i = 0; i < values.length; i++) {
        int r = i / columns;
        int c = i % columns;
        boolean outside =
            r < ABOVE || r >= frame.rows() - ABOVE || c < LEFT || c >= columns - RIGHT;
        if (outside && !Float.isNaN(values[i])) {
          throw new AssertionError("written at " + r + ", " + c + " of the frame " + frame);
        }
      }
    }
  }

  /** Runs the calculation on both kernels with the same numbers and compares all results. */
  static void agree(String what, Kernel expected, Kernel actual, long seed, Calculation c) {
    try (Bench left = new Bench(expected, seed);
        Bench right = new Bench(actual, seed)) {
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
    scope.close();
  }
}
