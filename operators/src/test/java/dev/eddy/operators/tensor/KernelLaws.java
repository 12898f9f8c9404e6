package dev.eddy.operators.tensor;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Two laws, as plain methods, so that a JVM with another vector width can run them too: the vector
 * kernel agrees with the scalar one, and a row's bits do not depend on its batch.
 */
final class KernelLaws {
  /** A unit in the last place of 1, up to which a rounding error is relative. */
  private static final double ULP = 0x1p-23;

  private static final Function[] FUNCTIONS = Function.values();
  private static final Cell[] CELLS = Cell.values();

  private KernelLaws() {}

  /** Every operation on n rows, inner size k and m columns. */
  static void agreement(Kernel scalar, Kernel kernel, int n, int k, int m) {
    agreement(Bench.Place.IN_NAN, scalar, kernel, n, k, m);
  }

  /** The same with all tensors in such a place. */
  static void agreement(Bench.Place place, Kernel scalar, Kernel kernel, int n, int k, int m) {
    double sum = ULP * (4 + k / 2.0);
    Map<String, Bench.Calculation> all = new LinkedHashMap<>();
    all.put("multiply", b -> product(b, n, k, m, false, sum));
    if (n > 0) {
      all.put("transposed", b -> product(b, n, k, m, true, sum));
    }
    all.put("affine", b -> affine(b, n, k, m, sum));
    for (Cell cell : CELLS) {
      all.put(cell.architecture(), b -> CellLaws.agreement(b, cell, n, k, m, false));
      all.put(cell.architecture() + " in place", b -> CellLaws.agreement(b, cell, n, k, m, true));
    }
    all.put("elements", b -> elements(b, n, m));
    all.put("functions", b -> functions(b, n, m));
    all.put("choices", b -> choices(b, n, m));
    all.put("normalize", b -> normalize(b, n, m));
    all.put("output", b -> output(b, n, m));
    all.put("embedding", b -> embedding(b, n, k, m));
    all.put("learning", b -> learning(b, n, m));
    long seed = n * 1_000_003L + k * 1009L + m;
    String size = " at n=" + n + " k=" + k + " m=" + m + " " + place;
    all.forEach((name, c) -> Bench.agree(name + size, place, scalar, kernel, seed, c));
  }

  private static void product(Bench b, int n, int k, int m, boolean transposed, double tolerance) {
    Tensor a = transposed ? b.random(k, n) : b.random(n, k);
    Tensor c = b.random(k, m);
    Tensor y = b.random(n, m);
    if (transposed) {
      b.kernel.multiplyLeftTransposed(a, c, y);
    } else {
      b.kernel.multiply(a, c, y);
      Panels panels = b.kernel.affinePanels(b.scope(), k, m);
      b.kernel.packRows(c, panels);
      Tensor other = b.random(n, m);
      b.kernel.multiply(a, panels, other);
      b.result("of panels", other, tolerance);
    }
    b.result("y", y, tolerance);
  }

  private static void affine(Bench b, int n, int k, int m, double tolerance) {
    Tensor x = b.random(n, k);
    Panels panels = b.kernel.affinePanels(b.scope(), k, m);
    Tensor weight = b.random(m, k);
    Tensor y = b.random(n, m);
    b.kernel.packAffine(weight, b.random(1, m), panels);
    b.kernel.affine(x, panels, y);
    b.result("with bias", y, tolerance);
    b.kernel.packAffine(weight, null, panels);
    b.kernel.affine(x, panels, y);
    b.result("without bias", y, tolerance);
  }

  private static void elements(Bench b, int n, int m) {
    Tensor x = b.random(n, m);
    Tensor y = b.random(n, m);
    Tensor row = b.random(1, m);
    b.kernel.addRow(row, y);
    b.result("addRow", y, ULP);
    b.kernel.addRowSum(x, row);
    b.result("addRowSum", row, ULP * (1 + n));
    b.kernel.axpy(0.3f, x, y);
    b.result("axpy", y, 2 * ULP);
    y.set(b.random(n, m).get());
    b.kernel.multiplyAdd(x, y, y);
    b.result("multiplyAdd", y, 4 * ULP);
    if (n > 0) {
      Tensor turned = b.random(m, n);
      b.kernel.addTransposed(x, turned);
      b.result("addTransposed", turned, 2 * ULP);
    }
    b.kernel.scale(-1.7f, y);
    b.result("scale", y, 8 * ULP);
    b.kernel.copy(x, y);
    b.result("copy", y, 0);
    b.kernel.fill(y, 2.5f);
    b.result("fill", y, 0);
  }

  private static void functions(Bench b, int n, int m) {
    for (Function f : FUNCTIONS) {
      boolean positive = f == Function.RECIPROCAL || f == Function.LOG;
      Tensor x = positive ? b.random(n, m, 0.5f, 4) : b.random(n, m, -4, 2);
      Tensor y = b.zeros(n, m);
      b.kernel.map(f, x, y);
      b.result(f + "", y, 8 * ULP);
      if (f.differentiable()) {
        Tensor dx = b.random(n, m);
        b.kernel.mapGradient(f, x, y, b.random(n, m), dx);
        b.result(f + " gradient", dx, 16 * ULP);
      }
    }
  }

  private static void choices(Bench b, int n, int m) {
    Tensor left = b.random(n, m);
    Tensor right = b.random(n, m);
    b.kernel.map(Function.RELU, left, left);
    b.kernel.map(Function.RELU, right, right);
    for (boolean greater : new boolean[] {true, false}) {
      Tensor y = b.random(n, m);
      Tensor first = b.random(n, m);
      b.kernel.select(greater, left, right, y, first);
      b.result("select", y, 0);
      b.result("first", first, 0);
    }
    b.kernel.clamp(0.5f, left);
    b.result("clamp", left, 0);
  }

  private static void normalize(Bench b, int n, int m) {
    double tolerance = ULP * (16 + m / 2.0);
    Tensor x = b.random(n, m, -2, 3);
    Tensor y = b.random(n, m);
    Tensor inverse = b.random(n, 1);
    b.kernel.normalize(x, 0.1f, y, inverse);
    b.result("normalize", y, tolerance);
    b.result("inverse", inverse, tolerance);
    Tensor dx = b.random(n, m);
    b.kernel.normalizeGradient(y, inverse, b.random(n, m), dx);
    b.result("normalize gradient", dx, 4 * tolerance);
  }

  private static void output(Bench b, int n, int m) {
    Tensor logits = b.random(n, m, -8, 8);
    Tensor p = b.zeros(n, m);
    b.kernel.softmax(logits, p);
    b.result("softmax", p, 4 * ULP);
    int[] places = new int[n];
    b.kernel.argmax(logits, places);
    Tensor copy = b.zeros(n, 1);
    for (int i = 0; i < n; i++) {
      copy.setRow(i, new float[] {places[i]}, 0);
    }
    b.result("argmax", copy, 0);
    int[] labels = b.labels(n, m);
    Tensor losses = b.random(n, 1);
    b.kernel.crossEntropy(logits, labels, p, losses);
    b.result("probabilities", p, 4 * ULP);
    b.result("losses", losses, 32 * ULP);
    Tensor dLogits = b.random(n, m);
    b.kernel.crossEntropyGradient(p, labels, b.random(n, 1), dLogits);
    b.result("dLogits", dLogits, 8 * ULP);
  }

  private static void embedding(Bench b, int n, int tableRows, int width) {
    int[] offsets = new int[n + 1];
    for (int i = 0; i < n; i++) {
      offsets[i + 1] = offsets[i] + b.random.nextInt(6);
    }
    int[] indices = b.random.ints(offsets[n] + 3, 0, tableRows).toArray();
    Tensor table = b.random(tableRows, width);
    Tensor y = b.random(n, width);
    b.kernel.embeddingBag(table, indices, offsets, y);
    b.result("y", y, 6 * ULP);
    b.kernel.embeddingBagGradient(y, indices, offsets, table);
    b.result("dTable", table, ULP * (4 + 12.0 * n));
  }

  private static void learning(Bench b, int n, int m) {
    Tensor w = b.random(n, m);
    Tensor g = b.random(n, m);
    Tensor moment = b.random(n, m, -0.1f, 0.1f);
    Tensor square = b.random(n, m, 0.01f, 0.1f);
    AdamStep step = new AdamStep(0.01, 0.9, 0.999, 1e-8, 3);
    b.kernel.adam(w, g, moment, square, step);
    int[] rows = {n - 1, 0};
    b.kernel.adamRows(w, rows, 0, Math.min(n, 1), g, moment, square, step);
    b.result("w", w, 4 * ULP);
    b.result("m", moment, ULP);
    b.result("v", square, ULP);
    Tensor sum = b.zeros(1, 1);
    sum.set((float) b.kernel.sumOfSquares(g));
    b.result("sumOfSquares", sum, 8 * ULP * n * m);
  }

  /** y {@code [n, outputs]} of x {@code [n, inputs]}, row by row. */
  interface RowOperation {
    void run(Bench bench, Tensor x, Tensor y);
  }

  /** Every row-wise operation on rows of those sizes, in batches of 1 to {@code batches} rows. */
  static void rowInvariance(Kernel kernel, int inner, int columns, int batches) {
    int k = inner;
    int m = columns;
    productInvariance(kernel, k, m, upTo(batches));
    for (Cell cell : CELLS) {
      CellLaws.rowInvariance(kernel, cell, k, m, upTo(batches));
    }
    rowInvariance("softmax", kernel, m, m, batches, (b, x, y) -> b.kernel.softmax(x, y));
    rowInvariance(
        "crossEntropy",
        kernel,
        m,
        m + 1,
        batches,
        (b, x, y) -> {
          int[] labels = new int[x.rows()];
          Arrays.fill(labels, m - 1);
          b.kernel.crossEntropy(x, labels, y.columns(0, m), y.columns(m, 1));
        });
    rowInvariance(
        "embeddingBag",
        kernel,
        3,
        m,
        batches,
        (b, x, y) -> {
          int[] offsets = new int[x.rows() + 1];
          int[] indices = new int[3 * x.rows()];
          float[] values = x.get();
          for (int i = 0; i < indices.length; i++) {
            indices[i] = (int) ((values[i] + 1) * 8);
            offsets[i / 3 + 1] = i + 1;
          }
          b.kernel.embeddingBag(b.random(17, m), indices, offsets, y);
        });
    rowInvariance(
        "normalize",
        kernel,
        m,
        m + 1,
        batches,
        (b, x, y) -> b.kernel.normalize(x, 0.1f, y.columns(0, m), y.columns(m, 1)));
    rowInvariance(
        "normalizeGradient",
        kernel,
        2 * m + 1,
        m,
        batches,
        (b, x, y) ->
            b.kernel.normalizeGradient(x.columns(0, m), x.columns(2 * m, 1), x.columns(m, m), y));
    for (Function f : FUNCTIONS) {
      rowInvariance(f + "", kernel, m, m, batches, (b, x, y) -> b.kernel.map(f, x, y));
    }
  }

  /** The products with weights. */
  static void productInvariance(Kernel kernel, int k, int m, int... batches) {
    rowInvariance(
        "multiply",
        kernel,
        k,
        m,
        batches,
        (b, x, y) -> {
          Tensor w = b.random(k, m);
          b.kernel.fill(y, 0.1f);
          b.kernel.multiply(x, w, y);
        });
    rowInvariance(
        "multiply panels",
        kernel,
        k,
        m,
        batches,
        (b, x, y) -> {
          Panels panels = b.kernel.affinePanels(b.scope(), k, m);
          b.kernel.packRows(b.random(k, m), panels);
          b.kernel.fill(y, 0.1f);
          b.kernel.multiply(x, panels, y);
        });
    rowInvariance(
        "affine",
        kernel,
        k,
        m,
        batches,
        (b, x, y) -> {
          Panels panels = b.kernel.affinePanels(b.scope(), k, m);
          b.kernel.packAffine(b.random(m, k), b.random(1, m), panels);
          b.kernel.affine(x, panels, y);
        });
  }

  private static void rowInvariance(
      String name, Kernel kernel, int inputs, int outputs, int batches, RowOperation operation) {
    rowInvariance(name, kernel, inputs, outputs, upTo(batches), operation);
  }

  private static int[] upTo(int batches) {
    return IntStream.rangeClosed(1, batches).toArray();
  }

  /** The bits of each row alone against those of rows drawn at random into batches. */
  static void rowInvariance(
      String name, Kernel kernel, int inputs, int outputs, int[] batches, RowOperation operation) {
    Random random = new Random(11);
    int all = 8;
    float[][] rows = new float[all][inputs];
    float[][] alone = new float[all][];
    for (int i = 0; i < all; i++) {
      for (int j = 0; j < inputs; j++) {
        rows[i][j] = 2 * random.nextFloat() - 1;
      }
      alone[i] = run(kernel, new float[][] {rows[i]}, outputs, operation)[0];
    }
    for (int n : batches) {
      int[] drawn = random.ints(n, 0, all).toArray();
      float[][] batch = new float[n][];
      for (int i = 0; i < n; i++) {
        batch[i] = rows[drawn[i]];
      }
      float[][] together = run(kernel, batch, outputs, operation);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < outputs; j++) {
          int expected = Float.floatToRawIntBits(alone[drawn[i]][j]);
          if (Float.floatToRawIntBits(together[i][j]) != expected) {
            throw new AssertionError(
                String.format(
                    "%s, %d to %d: row %d of %d has %s at %d, alone it has %s",
                    name, inputs, outputs, i, n, together[i][j], j, alone[drawn[i]][j]));
          }
        }
      }
    }
  }

  private static float[][] run(Kernel kernel, float[][] rows, int outputs, RowOperation operation) {
    try (Bench bench = new Bench(kernel, 0)) {
      Tensor x = bench.zeros(rows.length, rows[0].length);
      for (int i = 0; i < rows.length; i++) {
        x.setRow(i, rows[i], 0);
      }
      Tensor y = bench.zeros(rows.length, outputs);
      operation.run(bench, x, y);
      bench.checkFrames();
      float[][] result = new float[rows.length][outputs];
      for (int i = 0; i < rows.length; i++) {
        y.getRow(i, result[i], 0);
      }
      return result;
    }
  }
}
