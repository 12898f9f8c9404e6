package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.serialization.ModelConfig;
import java.util.Map;

/**
 * The logits of a network written down in double precision, a loop for each sum: the equations of
 * {@link CellEquations}, layers as {@link Layers} has them. D numbers, H units, T timesteps.
 */
final class PlainNetwork {
  private static final double EPSILON = 1e-5;

  private final ModelConfig config;
  private final Cell cell;
  private final Packing packing;
  private final double[][] x;
  private final float[][] before;
  private final double[][] mask;
  private final int hidden;
  private Map<String, double[]> weights;

  /**
   * A network on given inputs.
   *
   * @param x {@code [packing.rows, D]}
   * @param before the state of each sequence: h, and c if any, of each layer in turn
   * @param seed of the dropout
   */
  PlainNetwork(ModelConfig config, Packing packing, double[][] x, float[][] before, long seed) {
    this.config = config;
    this.cell = Cell.of(config.architecture());
    this.packing = packing;
    this.x = x;
    this.before = before;
    this.hidden = config.hiddenSize();
    float rate = config.layers().dropout();
    this.mask = new double[packing.rows()][config.bidirectional() ? 2 * hidden : hidden];
    Generator random = new Generator(seed);
    for (double[] row : mask) {
      for (int j = 0; j < row.length; j++) {
        row[j] = rate == 0 ? 1 : random.uniform() < rate ? 0 : 1 / (1 - rate);
      }
    }
  }

  /** {@code [packing.rows, labels]}, with these weights. */
  double[][] logits(Map<String, double[]> with) {
    weights = with;
    double[][] logits = new double[packing.rows()][];
    double[] bias = weights.get("output.bias");
    for (int s = 0; s < packing.sequences(); s++) {
      double[][] y = layers(s);
      for (int t = 0; t < y.length; t++) {
        double[] row = times("output.weight", 0, bias.length, y[t]);
        logits[packing.row(t, s)] = plus(row, bias, 0);
      }
    }
    return logits;
  }

  /** {@code [T, H]}, or twice as wide, of one sequence. */
  private double[][] layers(int s) {
    double[][] in = new double[packing.length(s)][];
    for (int t = 0; t < in.length; t++) {
      in[t] = x[packing.row(t, s)];
    }
    int parts = cell.hasC() ? 2 : 1;
    for (int k = 0; k < config.numLayers(); k++) {
      double[][] out = new double[in.length][];
      double[] h = part(s, k * parts);
      double[] c = part(s, k * parts + parts - 1);
      for (int t = 0; t < in.length; t++) {
        h = step("_l" + k, in[t], h, c);
        out[t] = h;
      }
      h = new double[hidden];
      c = new double[hidden];
      for (int t = in.length - 1; t >= 0 && config.bidirectional(); t--) {
        h = step("_l" + k + "_reverse", in[t], h, c);
        double[] both = new double[2 * hidden];
        System.arraycopy(out[t], 0, both, 0, hidden);
        System.arraycopy(h, 0, both, hidden, hidden);
        out[t] = both;
      }
      for (int t = 0; t < in.length; t++) {
        double[] row = out[t].clone();
        for (int j = 0; j < row.length; j++) {
          row[j] += config.layers().residual() && k > 0 ? in[t][j] : 0;
          row[j] *= k < config.numLayers() - 1 ? mask[packing.row(t, s)][j] : 1;
        }
        out[t] = row;
      }
      in = out;
    }
    return in;
  }

  private double[] part(int s, int part) {
    double[] values = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      values[j] = before[s][part * hidden + j];
    }
    return values;
  }

  /** The next h; c is changed in place. */
  private double[] step(String suffix, double[] in, double[] h, double[] c) {
    int blocks = cell.blocks();
    int direct = cell == Cell.GRU_RESET_BEFORE ? 2 : blocks;
    double[] a = product("ih" + suffix, 0, blocks * hidden, in);
    double[] b = product("hh" + suffix, 0, direct * hidden, h);
    double[] rh = h.clone();
    for (int j = 0; j < hidden && direct < blocks; j++) {
      rh[j] *= sigmoid(a[j] + b[j]);
    }
    double[] rest = product("hh" + suffix, direct * hidden, (blocks - direct) * hidden, rh);
    double[] next = new double[hidden];
    for (int j = 0; j < hidden; j++) {
      double first = a[j] + b[j];
      next[j] =
          switch (cell) {
            case RNN_TANH -> Math.tanh(first);
            case RNN_RELU -> Math.max(0, first);
            case RNN_SIGMOID -> sigmoid(first);
            case LSTM -> {
              double input = Math.tanh(sum(a, b, 2, j)) * sigmoid(first);
              c[j] = sigmoid(sum(a, b, 1, j)) * c[j] + input;
              yield sigmoid(sum(a, b, 3, j)) * Math.tanh(c[j]);
            }
            case GRU -> {
              double reset = sigmoid(first) * b[2 * hidden + j];
              double z = sigmoid(sum(a, b, 1, j));
              yield (1 - z) * Math.tanh(a[2 * hidden + j] + reset) + z * h[j];
            }
            case GRU_RESET_BEFORE -> {
              double z = sigmoid(sum(a, b, 1, j));
              yield (1 - z) * Math.tanh(a[2 * hidden + j] + rest[j]) + z * h[j];
            }
            case MGU -> {
              double g = sigmoid(first);
              yield g * Math.tanh(sum(a, b, 1, j)) + (1 - g) * h[j];
            }
          };
    }
    return next;
  }

  private double sum(double[] a, double[] b, int block, int j) {
    return a[block * hidden + j] + b[block * hidden + j];
  }

  /** Some rows of W in + b, the product normalised or not. */
  private double[] product(String name, int from, int rows, double[] in) {
    double[] y = times("rnn.weight_" + name, from, rows, in);
    if (config.layers().layerNorm() && rows > 0) {
      double mean = 0;
      double variance = 0;
      for (double value : y) {
        mean += value / rows;
      }
      for (double value : y) {
        variance += (value - mean) * (value - mean) / rows;
      }
      double[] gain = weights.get("rnn.norm_" + name);
      for (int i = 0; i < rows; i++) {
        y[i] = (y[i] - mean) / Math.sqrt(variance + EPSILON) * gain[from + i];
      }
    }
    return plus(y, weights.get("rnn.bias_" + name), from);
  }

  private double[] times(String name, int from, int rows, double[] in) {
    double[] w = weights.get(name);
    double[] y = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < in.length; j++) {
        y[i] += w[(from + i) * in.length + j] * in[j];
      }
    }
    return y;
  }

  private static double[] plus(double[] y, double[] bias, int from) {
    for (int i = 0; i < y.length; i++) {
      y[i] += bias[from + i];
    }
    return y;
  }

  private static double sigmoid(double value) {
    return 1 / (1 + Math.exp(-value));
  }
}
