package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Generator;
import java.nio.FloatBuffer;
import java.util.Arrays;

/** How the values of a new weight {@code [outputs, inputs]} are drawn, to the bit from its seed. */
public enum Initial {
  ZEROS,
  ONES,
  /** U(-1/√inputs, 1/√inputs), PyTorch's for linear layers. */
  FAN_IN,
  /** U(-a, a) with a = √(6 / (inputs + outputs)) (Glorot and Bengio 2010). */
  GLOROT,
  /**
   * Rows of length 1 at right angles to each other, or columns where there are more rows (Saxe,
   * McClelland and Ganguli 2014).
   */
  ORTHOGONAL;

  /** Values {@code [rows, columns]}, row-major. */
  float[] values(int rows, int columns, Generator random) {
    return switch (this) {
      case ZEROS -> constant(Math.multiplyExact(rows, columns), 0);
      case ONES -> constant(Math.multiplyExact(rows, columns), 1);
      case FAN_IN ->
          uniform(Math.multiplyExact(rows, columns), 1 / StrictMath.sqrt(columns), random);
      case GLOROT ->
          uniform(
              Math.multiplyExact(rows, columns), StrictMath.sqrt(6.0 / (rows + columns)), random);
      case ORTHOGONAL -> orthogonal(rows, columns, random);
    };
  }

  /**
   * Values of blocks {@code [rows, columns]} one under the other, each drawn by itself: of a
   * recurrent weight what is orthogonal is the block of each gate, not the stack of them.
   */
  float[] blocks(int blocks, int rows, int columns, Generator random) {
    FloatBuffer values = FloatBuffer.allocate(Math.multiplyExact(blocks * rows, columns));
    for (int i = 0; i < blocks; i++) {
      values.put(values(rows, columns, random));
    }
    return values.array();
  }

  static float[] constant(int n, float value) {
    float[] values = new float[n];
    Arrays.fill(values, value);
    return values;
  }

  /** n numbers, uniform in [-bound, bound). */
  static float[] uniform(int n, double bound, Generator random) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (bound * (2 * random.uniform() - 1));
    }
    return values;
  }

  private static float[] orthogonal(int rows, int columns, Generator random) {
    int count = Math.min(rows, columns);
    double[][] vectors = new double[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = perpendicular(vectors, i, Math.max(rows, columns), random);
    }
    float[] values = new float[rows * columns];
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        values[r * columns + c] = (float) (rows <= columns ? vectors[r][c] : vectors[c][r]);
      }
    }
    return values;
  }

  /** A random vector of length 1 at right angles to the first n: Gram and Schmidt, twice. */
  private static double[] perpendicular(double[][] others, int n, int length, Generator random) {
    double[] v = new double[length];
    for (int j = 0; j < length; j++) {
      v[j] = random.normal();
    }
    for (int k = 0; k < 2 * n; k++) {
      double[] other = others[k % n];
      double along = product(v, other);
      for (int j = 0; j < length; j++) {
        v[j] -= along * other[j];
      }
    }
    double norm = StrictMath.sqrt(product(v, v));
    for (int j = 0; j < length; j++) {
      v[j] /= norm;
    }
    return v;
  }

  private static double product(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += a[j] * b[j];
    }
    return sum;
  }
}
