package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.Arrays;

/**
 * A table of which a backward run touches few rows: the gradient has one row per touched row of the
 * table, in the order of first touch, so its cost does not grow with the table.
 */
public final class EmbeddingTable {
  private final String name;
  private final Tensor value;
  private final Tensor gradient;
  private final int[] touched;
  private final int[] slots;
  private int count;

  /**
   * A table with the given values.
   *
   * @param values {@code [rows, width]}
   * @param capacity most rows that one backward run may touch
   */
  public EmbeddingTable(
      Scope scope, String name, int rows, int width, float[] values, int capacity) {
    this(scope, name, scope.allocate(rows, width), capacity);
    Rule.present(name, "values", values);
    this.value.set(values);
  }

  private EmbeddingTable(Scope scope, String name, Tensor value, int capacity) {
    this.name = name;
    this.value = value;
    this.gradient = scope.allocate(capacity, value.columns());
    this.touched = new int[capacity];
    this.slots = new int[value.rows()];
    Arrays.fill(slots, -1);
  }

  /** The same values with a gradient of its own, in that scope. */
  public EmbeddingTable twin(Scope scope, int capacity) {
    return new EmbeddingTable(scope, name, value, Math.min(capacity, value.rows()));
  }

  /** Adds the gradient of a twin to that of this. */
  public void addGradient(Kernel kernel, EmbeddingTable twin) {
    int[] rows = new int[twin.count];
    int[] bags = new int[twin.count + 1];
    for (int j = 0; j < twin.count; j++) {
      rows[j] = touch(twin.touched[j]);
      bags[j + 1] = j + 1;
    }
    kernel.embeddingBagGradient(twin.gradient.rows(0, twin.count), rows, bags, gradient);
  }

  public String name() {
    return name;
  }

  /** {@code [rows, width]}. */
  public Tensor value() {
    return value;
  }

  /** {@code [capacity, width]}: row j belongs to row {@code touched()[j]} of the table. */
  public Tensor gradient() {
    return gradient;
  }

  /** {@code [capacity]}, of which the first {@link #count} are rows of the table, all distinct. */
  public int[] touched() {
    return touched;
  }

  public int count() {
    return count;
  }

  /** Forgets which rows were touched and zeroes the gradient. */
  public void zeroGradient(Kernel kernel) {
    for (int i = 0; i < count; i++) {
      slots[touched[i]] = -1;
    }
    count = 0;
    kernel.fill(gradient, 0);
  }

  /** The row of the gradient for a row of the table. */
  int touch(int row) {
    if (slots[row] < 0) {
      if (count == touched.length) {
        throw new IllegalStateException(
            name + ": more than " + count + " rows touched; capacity is too small");
      }
      touched[count] = row;
      slots[row] = count++;
    }
    return slots[row];
  }
}
