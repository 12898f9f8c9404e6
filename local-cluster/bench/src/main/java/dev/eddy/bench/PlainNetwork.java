package dev.eddy.bench;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/** What the outputs of a case must be: the equations, one sum after the other, in double. */
final class PlainNetwork {
  private PlainNetwork() {}

  /**
   * Outputs as {@link Contestant.Run#outputs} has them; of learning only the first loss, the one
   * before anything is learned.
   */
  static double[] outputs(Case of) {
    Parameters parameters = Parameters.of(of);
    if (of.name().equals(Case.PRODUCT)) {
      return product(of, parameters.layers().get(0));
    }
    double[][][] h = new double[of.batch()][of.layers()][of.h()];
    double[][][] c = new double[of.batch()][of.layers()][of.h()];
    int steps = of.learns() ? of.length() : Parameters.COMPARED;
    double[] logits = new double[steps * of.batch() * of.labels()];
    for (int t = 0; t < steps; t++) {
      double[][] x = inputs(of, parameters, t);
      for (int row = 0; row < of.batch(); row++) {
        double[] below = x[row];
        for (int k = 0; k < of.layers(); k++) {
          step(of, parameters.layers().get(k), below, h[row][k], c[row][k]);
          below = h[row][k];
        }
        for (int label = 0; label < of.labels(); label++) {
          logits[(t * of.batch() + row) * of.labels() + label] =
              parameters.outputBias()[label] + dot(parameters.output(), label, below);
        }
      }
    }
    return of.learns() ? new double[] {meanLoss(of, logits)} : logits;
  }

  private static double[][] inputs(Case of, Parameters parameters, int t) {
    boolean text = of.name().equals(Case.TRAIN_TEXT);
    double[][] x = new double[of.batch()][of.d()];
    float[] numbers = text ? parameters.table() : Parameters.x(of, t);
    String[] words = text ? Parameters.words(of, t) : null;
    for (int row = 0; row < of.batch(); row++) {
      for (int from : text ? tableRows(words[row]) : new int[] {row}) {
        for (int i = 0; i < of.d(); i++) {
          x[row][i] += numbers[from * of.d() + i];
        }
      }
    }
    return x;
  }

  /** The rows of the table for a token of lower-case letters and digits. */
  static int[] tableRows(String word) {
    List<String> features = new ArrayList<>(List.of("w=" + word, "l=" + word));
    for (int n = 1; n <= 4; n++) {
      features.add("s" + n + "=" + word.substring(Math.max(0, word.length() - n)));
    }
    for (int n = 1; n <= 3; n++) {
      features.add("p" + n + "=" + word.substring(0, Math.min(n, word.length())));
    }
    String shape = word.replaceAll("[0-9]+", "\u0001").replaceAll("[a-z]+", "x");
    features.add("sh=" + shape.replace('\u0001', 'd'));
    int[] rows = new int[features.size()];
    for (int i = 0; i < rows.length; i++) {
      CRC32 crc = new CRC32();
      crc.update(features.get(i).getBytes(StandardCharsets.UTF_8));
      rows[i] = (int) (crc.getValue() % Case.TABLE_ROWS);
    }
    return rows;
  }

  static double dot(float[] weights, int row, double[] x) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += weights[row * x.length + i] * x[i];
    }
    return sum;
  }

  /** Of a block of the cell: what its weights make of x and of h. */
  private static double[] sums(
      Parameters.Layer layer, int block, double[] x, double[] h, boolean ofX, boolean ofH) {
    double[] sums = new double[h.length];
    for (int i = 0; i < h.length; i++) {
      int row = block * h.length + i;
      sums[i] += ofX ? layer.biasIh()[row] + dot(layer.weightIh(), row, x) : 0;
      sums[i] += ofH ? layer.biasHh()[row] + dot(layer.weightHh(), row, h) : 0;
    }
    return sums;
  }

  private static double sigmoid(double a) {
    return 1 / (1 + Math.exp(-a));
  }

  /** One timestep of a sequence in one layer; h and c {@code [h]} are written. */
  static void step(Case of, Parameters.Layer layer, double[] x, double[] h, double[] c) {
    double[] a0 = sums(layer, 0, x, h, true, true);
    double[] a1 = sums(layer, 1, x, h, true, true);
    double[] a2 = sums(layer, 2, x, h, true, of.lstm());
    double[] a3 = of.lstm() ? sums(layer, 3, x, h, true, true) : sums(layer, 2, x, h, false, true);
    for (int i = 0; i < h.length; i++) {
      if (of.lstm()) {
        c[i] = sigmoid(a1[i]) * c[i] + sigmoid(a0[i]) * Math.tanh(a2[i]);
        h[i] = sigmoid(a3[i]) * Math.tanh(c[i]);
      } else {
        double z = sigmoid(a1[i]);
        h[i] = (1 - z) * Math.tanh(a2[i] + sigmoid(a0[i]) * a3[i]) + z * h[i];
      }
    }
  }

  private static double meanLoss(Case of, double[] logits) {
    double sum = 0;
    for (int t = 0; t < of.length(); t++) {
      int[] labels = Parameters.labels(of, t);
      for (int row = 0; row < of.batch(); row++) {
        int at = (t * of.batch() + row) * of.labels();
        double total = 0;
        for (int label = 0; label < of.labels(); label++) {
          total += Math.exp(logits[at + label]);
        }
        sum += Math.log(total) - logits[at + labels[row]];
      }
    }
    return sum / (of.length() * of.batch());
  }

  /** The rows {@code [x | h]} of the product, times the weights. */
  private static double[] product(Case of, Parameters.Layer layer) {
    int rows = of.blocks() * of.h();
    double[] y = new double[of.batch() * rows];
    float[] xh = Parameters.xh(of);
    double[] x = new double[of.d()];
    double[] h = new double[of.h()];
    for (int row = 0; row < of.batch(); row++) {
      for (int i = 0; i < of.d() + of.h(); i++) {
        double value = xh[row * (of.d() + of.h()) + i];
        if (i < of.d()) {
          x[i] = value;
        } else {
          h[i - of.d()] = value;
        }
      }
      for (int j = 0; j < rows; j++) {
        y[row * rows + j] = dot(layer.weightIh(), j, x) + dot(layer.weightHh(), j, h);
      }
    }
    return y;
  }
}
