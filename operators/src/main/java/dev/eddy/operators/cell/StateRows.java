package dev.eddy.operators.cell;

import dev.eddy.operators.tensor.Tensor;
import java.util.List;

/**
 * The states of many sequences as rows of tensors, and the one place where they are copied from and
 * to the heap. A state is {@code [layers x (h, c)]}: of each layer h, then c where the cell has
 * one.
 */
public final class StateRows {
  private final Tensor[] parts;
  private final int size;
  private final float[] zeros;

  /**
   * States in the given tensors.
   *
   * @param parts h {@code [rows, H]}, and c likewise if any, of each layer in turn
   */
  StateRows(List<Tensor> parts) {
    this.parts = parts.toArray(new Tensor[0]);
    this.size = parts.stream().mapToInt(Tensor::columns).sum();
    this.zeros = new float[size];
  }

  /** Floats of one state. */
  public int size() {
    return size;
  }

  /** Puts a state {@code [size]} into a row; null is the zero state. */
  public void load(int row, float[] state) {
    int at = 0;
    for (Tensor part : parts) {
      part.setRow(row, check(state == null ? zeros : state), at);
      at += part.columns();
    }
  }

  /** Gets the state {@code [size]} of a row. */
  public void store(int row, float[] state) {
    int at = 0;
    for (Tensor part : parts) {
      part.getRow(row, check(state), at);
      at += part.columns();
    }
  }

  private float[] check(float[] state) {
    if (state.length != size) {
      throw new IllegalArgumentException("state: length is " + state.length + "; must be " + size);
    }
    return state;
  }
}
