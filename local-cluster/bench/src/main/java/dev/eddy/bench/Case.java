package dev.eddy.bench;

import java.io.Serializable;

/**
 * One thing to measure.
 *
 * @param name {@code step}: x, h, c to the next h, c and the logits; {@code product}: only the
 *     matrix product {@code [batch, d + h] x [d + h, blocks h]}; {@code train}: predict, learn,
 *     clip by norm 1, Adam; {@code train-text}: the same on tokens, each of which is the sum of
 *     rows of an embedding table, with another mini-batch in each run
 * @param cell {@code lstm} or {@code gru}
 * @param d inputs
 * @param h units
 * @param labels rows of the output
 * @param batch sequences
 * @param length timesteps of a sequence, T; 1 where nothing is learned
 * @param threads that a contestant may use
 */
public record Case(
    String name,
    String cell,
    int d,
    int h,
    int labels,
    int batch,
    int layers,
    int length,
    int threads)
    implements Serializable {
  /** Rows of the embedding table of {@code train-text}. */
  public static final int TABLE_ROWS = 1 << 16;

  public static final String STEP = "step";

  /** A step in a JVM that has stepped and trained models of many other shapes, and keeps them. */
  public static final String STEP_AFTER_OTHERS = "step-after-others";

  public static final String PRODUCT = "product";
  public static final String TRAIN = "train";
  public static final String TRAIN_TEXT = "train-text";

  public boolean lstm() {
    return cell.equals("lstm");
  }

  public boolean learns() {
    return name.startsWith(TRAIN);
  }

  /** Threads that Eddy works with: they share the rows of a batch. */
  public int eddyThreads() {
    return Math.min(threads, batch);
  }

  /** Blocks of h rows in the weights of the cell. */
  public int blocks() {
    return lstm() ? 4 : 3;
  }

  /** Inputs of a layer. */
  public int inputs(int layer) {
    return layer == 0 ? d : h;
  }

  /** Weights that one timestep multiplies with, without biases. */
  public long weights() {
    if (name.equals(PRODUCT)) {
      return (long) blocks() * h * (d + h);
    }
    long sum = (long) labels * h;
    for (int layer = 0; layer < layers; layer++) {
      sum += (long) blocks() * h * (inputs(layer) + h);
    }
    return sum;
  }

  /**
   * Floating point operations of one run in its products. Learning takes three of each, for the
   * values, for the gradients of the weights and for those of what they multiply; but inputs that
   * are no rows of a table have no gradient.
   */
  public double flops() {
    long inputsOnce = name.equals(TRAIN) ? (long) blocks() * h * d : 0;
    return 2.0 * batch * length * (weights() * (learns() ? 3 : 1) - inputsOnce);
  }

  @Override
  public String toString() {
    return "%s %s d=%d h=%d batch=%d layers=%d threads=%d"
        .formatted(name, cell, d, h, batch, layers, threads);
  }
}
