package dev.eddy.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Weights and inputs of a case, the same in every process: drawn from one seed, in PyTorch's
 * layout.
 *
 * @param output {@code [labels, h]}
 * @param outputBias {@code [labels]}
 * @param table {@code [TABLE_ROWS, d]} where tokens are read, else null
 */
public record Parameters(List<Layer> layers, float[] output, float[] outputBias, float[] table) {
  /** Timesteps that outputs are compared over. */
  public static final int COMPARED = 5;

  private static final long SEED = 20_261_121;

  /**
   * One layer, blocks in the order i, f, g, o, or r, z, n.
   *
   * @param weightIh {@code [blocks h, inputs]}
   * @param weightHh {@code [blocks h, h]}
   * @param biasIh {@code [blocks h]}
   * @param biasHh {@code [blocks h]}
   */
  public record Layer(float[] weightIh, float[] weightHh, float[] biasIh, float[] biasHh) {}

  public static Parameters of(Case of) {
    SplittableRandom random = new SplittableRandom(SEED);
    double bound = 1 / Math.sqrt(of.h());
    int rows = of.blocks() * of.h();
    List<Layer> layers = new ArrayList<>();
    for (int k = 0; k < of.layers(); k++) {
      layers.add(
          new Layer(
              uniform(random, rows * of.inputs(k), bound),
              uniform(random, rows * of.h(), bound),
              uniform(random, rows, bound),
              uniform(random, rows, bound)));
    }
    return new Parameters(
        layers,
        uniform(random, of.labels() * of.h(), bound),
        uniform(random, of.labels(), bound),
        of.name().equals(Case.TRAIN_TEXT) ? uniform(random, Case.TABLE_ROWS * of.d(), 0.08) : null);
  }

  /** Inputs {@code [batch, d]} of one timestep. */
  public static float[] x(Case of, int timestep) {
    return uniform(new SplittableRandom(SEED + 1 + timestep), of.batch() * of.d(), 1);
  }

  /** Tokens {@code [batch]} of one timestep, a few of them often. */
  public static String[] words(Case of, int timestep) {
    SplittableRandom random = new SplittableRandom(SEED + 1 + timestep);
    String[] words = new String[of.batch()];
    for (int i = 0; i < words.length; i++) {
      double u = random.nextDouble();
      words[i] = Integer.toString((int) (100 + 10_000_000 * u * u * u), Character.MAX_RADIX);
    }
    return words;
  }

  /** The left side {@code [batch, d + h]} of a product. */
  public static float[] xh(Case of) {
    return uniform(new SplittableRandom(SEED), of.batch() * (of.d() + of.h()), 1);
  }

  /** The weights {@code [blocks h, d + h]} of a product, its right side transposed. */
  public float[] joined(Case of) {
    int columns = of.d() + of.h();
    float[] joined = new float[of.blocks() * of.h() * columns];
    for (int row = 0; row < of.blocks() * of.h(); row++) {
      System.arraycopy(layers.get(0).weightIh(), row * of.d(), joined, row * columns, of.d());
      System.arraycopy(
          layers.get(0).weightHh(), row * of.h(), joined, row * columns + of.d(), of.h());
    }
    return joined;
  }

  /** Labels {@code [batch]} of one timestep. */
  public static int[] labels(Case of, int timestep) {
    return new SplittableRandom(SEED - 1 - timestep).ints(of.batch(), 0, of.labels()).toArray();
  }

  private static float[] uniform(SplittableRandom random, int n, double bound) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return values;
  }
}
