package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;

/**
 * Row i of y is the sum of the table rows {@code indices[offsets[i]]} to {@code indices[offsets[i +
 * 1] - 1]}; each of them gets row i of dy, once for each time it is named.
 */
public final class EmbeddingBag implements Operation {
  private final EmbeddingTable table;
  private final int[] indices;
  private final int[] offsets;
  private final int[] slots;
  private final Node y;

  private EmbeddingBag(Tape tape, EmbeddingTable table, int[] indices, int[] offsets) {
    Rule.present("embedding bag", "table", table);
    Rule.present("embedding bag", "indices", indices);
    Rule.present("embedding bag", "offsets", offsets);
    if (offsets.length < 2) {
      throw new IllegalArgumentException(
          "embedding bag: offsets has length " + offsets.length + "; must be rows + 1");
    }
    this.table = table;
    this.indices = indices;
    this.offsets = offsets;
    this.slots = new int[indices.length];
    this.y = tape.node(offsets.length - 1, table.value().columns());
  }

  /**
   * Records the sums.
   *
   * @param indices rows of the table, read at every run
   * @param offsets {@code [n + 1]}, read at every run
   * @return {@code [n, width]}
   */
  public static Node of(Tape tape, EmbeddingTable table, int[] indices, int[] offsets) {
    return tape.record(new EmbeddingBag(tape, table, indices, offsets)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.embeddingBag(table.value(), indices, offsets, y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    for (int i = offsets[0]; i < offsets[offsets.length - 1]; i++) {
      slots[i] = table.touch(indices[i]);
    }
    kernel.embeddingBagGradient(y.gradient(), slots, offsets, table.gradient());
  }
}
