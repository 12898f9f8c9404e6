package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Generator;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How version 0 of a model is drawn. Gains are 1 and the embedding is from N(0, 0.05) with all. A
 * seed gives the same bits everywhere: tensors are drawn in the order of their names, each with its
 * own generator, seeded from the seed and its place.
 */
public enum Initialization {
  /** U(-1/√n, 1/√n), biases too, with n the units of a layer, and what the output reads. */
  PYTORCH,
  /** {@link Initial#GLOROT} for each block of each weight matrix, biases 0. */
  GLOROT,
  /** The same, but {@link Initial#ORTHOGONAL} for each block that reads the state before. */
  ORTHOGONAL;

  private static final double EMBEDDING_DEVIATION = 0.05;

  /**
   * The one of that name, for example {@code glorot}.
   *
   * @throws InvalidModelException if there is none
   */
  public static Initialization named(String name) {
    for (Initialization one : values()) {
      if (one.toString().equals(name)) {
        return one;
      }
    }
    throw new InvalidModelException(
        "initialization is '" + name + "'; must be one of " + List.of(values()));
  }

  /** Version 0, drawn as PyTorch does. */
  public static ModelSnapshot fresh(String name, ModelConfig config, long seed) {
    return PYTORCH.draw(name, config, seed);
  }

  /** Version 0. */
  public ModelSnapshot draw(String name, ModelConfig config, long seed) {
    Network.requireSupported(config);
    Generator seeds = new Generator(seed);
    SortedMap<String, float[]> tensors = new TreeMap<>();
    config
        .shapes()
        .forEach(
            (tensor, shape) -> {
              Generator random = new Generator(seeds.nextLong());
              tensors.put(tensor, values(tensor, shape, config, random));
            });
    return new ModelSnapshot(name, 0, -1, 0, config, tensors);
  }

  private float[] values(String tensor, int[] shape, ModelConfig config, Generator random) {
    int count = Math.multiplyExact(rows(shape), columns(shape));
    if (tensor.equals(Network.EMBEDDING)) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) (EMBEDDING_DEVIATION * random.normal());
      }
      return values;
    }
    if (tensor.startsWith("rnn.norm_")) {
      return Initial.constant(count, 1);
    }
    boolean output = tensor.startsWith("output.");
    if (this == PYTORCH) {
      int reads = (output && config.bidirectional() ? 2 : 1) * config.hiddenSize();
      return Initial.uniform(count, 1 / StrictMath.sqrt(reads), random);
    }
    if (shape.length == 1) {
      return Initial.constant(count, 0);
    }
    boolean recurrent = tensor.startsWith("rnn.weight_hh_");
    Initial initial = recurrent && this == ORTHOGONAL ? Initial.ORTHOGONAL : Initial.GLOROT;
    int rows = output ? rows(shape) : config.hiddenSize();
    return initial.blocks(rows(shape) / rows, rows, columns(shape), random);
  }

  /** As users write it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Rows of the matrix that holds a tensor: a vector is one row. */
  static int rows(int[] shape) {
    return shape.length == 1 ? 1 : shape[0];
  }

  static int columns(int[] shape) {
    return shape[shape.length - 1];
  }
}
