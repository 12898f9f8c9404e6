package dev.eddy.operators.cell;

import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;

/**
 * Where events become the network's input: numbers in the rows of a tensor, or hashes of tokens.
 */
public final class InputRows {
  static final float LIMIT = 1e30f;

  private final ModelConfig.Numeric numeric;
  private final Tensor x;
  private final float[] scratch;
  private final TokenHashes hashes;
  private final int[] indices;

  /**
   * Rows for a network's input.
   *
   * @param x {@code [rows, input]}, set where features are numbers; where they are text it is the
   *     caller's to compute from {@link #indices}
   */
  InputRows(ModelConfig config, int rows, Tensor x) {
    this.x = x;
    if (config.features() instanceof ModelConfig.Text text) {
      this.numeric = null;
      this.scratch = null;
      this.hashes = new TokenHashes(text.rows());
      this.indices = new int[rows * TokenHashes.COUNT];
    } else {
      this.numeric = (ModelConfig.Numeric) config.features();
      this.scratch = new float[config.inputSize()];
      this.hashes = null;
      this.indices = null;
    }
  }

  /** Sets a row from an event that has an input of the model's kind. */
  public void set(int row, Event event) {
    if (hashes != null) {
      hashes.hash(event.token(), indices, row * TokenHashes.COUNT);
      return;
    }
    float[] features = event.features();
    if (features.length != scratch.length) {
      throw new IllegalArgumentException(
          "features: length is " + features.length + "; must be " + scratch.length);
    }
    for (int i = 0; i < scratch.length; i++) {
      float centred = numeric.mean() == null ? features[i] : features[i] - numeric.mean()[i];
      float scaled = numeric.scale() == null ? centred : centred / numeric.scale()[i];
      scratch[i] = scaled > LIMIT ? LIMIT : scaled < -LIMIT ? -LIMIT : scaled;
    }
    x.setRow(row, scratch, 0);
  }

  /** Rows of the embedding table, {@link TokenHashes#COUNT} for each row in order. */
  int[] indices() {
    return indices;
  }

  /** {@code [rows + 1]}: where each row's indices begin. */
  static int[] offsets(int rows) {
    int[] offsets = new int[rows + 1];
    for (int i = 0; i <= rows; i++) {
      offsets[i] = i * TokenHashes.COUNT;
    }
    return offsets;
  }
}
