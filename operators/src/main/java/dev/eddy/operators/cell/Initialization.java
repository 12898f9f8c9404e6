package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Generator;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;

/**
 * Version 0 of a model: the layers and the output from U(-1/sqrt(n), 1/sqrt(n)) as in PyTorch, n
 * the units of a layer and what the output reads; gains are 1, the embedding is from N(0, 0.05). A
 * seed gives the same bits everywhere: tensors are drawn in the order of their names, each with its
 * own generator, seeded from the seed and its place.
 */
public final class Initialization {
  private static final double EMBEDDING_DEVIATION = 0.05;

  private Initialization() {}

  public static ModelSnapshot fresh(String name, ModelConfig config, long seed) {
    Network.requireSupported(config);
    Generator seeds = new Generator(seed);
    SortedMap<String, float[]> tensors = new TreeMap<>();
    config
        .shapes()
        .forEach(
            (tensor, shape) -> {
              Generator random = new Generator(seeds.nextLong());
              float[] values = new float[Math.multiplyExact(rows(shape), columns(shape))];
              DoubleSupplier draw = distribution(tensor, config, random);
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) draw.getAsDouble();
              }
              tensors.put(tensor, values);
            });
    return new ModelSnapshot(name, 0, -1, 0, config, tensors);
  }

  private static DoubleSupplier distribution(String tensor, ModelConfig config, Generator random) {
    if (tensor.equals(Network.EMBEDDING)) {
      return () -> EMBEDDING_DEVIATION * random.normal();
    }
    if (tensor.startsWith("rnn.norm_")) {
      return () -> 1;
    }
    int directions = tensor.startsWith("output.") && config.bidirectional() ? 2 : 1;
    double bound = 1 / StrictMath.sqrt(directions * config.hiddenSize());
    return () -> bound * (2 * random.uniform() - 1);
  }

  /** Rows of the matrix that holds a tensor: a vector is one row. */
  static int rows(int[] shape) {
    return shape.length == 1 ? 1 : shape[0];
  }

  static int columns(int[] shape) {
    return shape[shape.length - 1];
  }
}
