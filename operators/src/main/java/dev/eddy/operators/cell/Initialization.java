package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Generator;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Version 0 of a model: the layers and the output from U(-1/sqrt(H), 1/sqrt(H)) as in PyTorch, the
 * embedding from N(0, 0.05). A seed gives the same bits everywhere: tensors are drawn in the order
 * of their names, each with its own generator, seeded from the seed and its place.
 */
public final class Initialization {
  private static final double EMBEDDING_DEVIATION = 0.05;

  private Initialization() {}

  public static ModelSnapshot fresh(String name, ModelConfig config, long seed) {
    Network.requireSupported(config);
    double bound = 1 / StrictMath.sqrt(config.hiddenSize());
    Generator seeds = new Generator(seed);
    SortedMap<String, float[]> tensors = new TreeMap<>();
    config
        .shapes()
        .forEach(
            (tensor, shape) -> {
              Generator random = new Generator(seeds.nextLong());
              float[] values = new float[Math.multiplyExact(rows(shape), columns(shape))];
              boolean embedding = tensor.equals(Network.EMBEDDING);
              for (int i = 0; i < values.length; i++) {
                values[i] =
                    (float)
                        (embedding
                            ? EMBEDDING_DEVIATION * random.normal()
                            : bound * (2 * random.uniform() - 1));
              }
              tensors.put(tensor, values);
            });
    return new ModelSnapshot(name, 0, -1, 0, config, tensors);
  }

  /** Rows of the matrix that holds a tensor: a vector is one row. */
  static int rows(int[] shape) {
    return shape.length == 1 ? 1 : shape[0];
  }

  static int columns(int[] shape) {
    return shape[shape.length - 1];
  }
}
