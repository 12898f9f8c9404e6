package dev.eddy.operators.tensor;

import java.util.Locale;

/**
 * The recurrent cells that the kernel steps. Their weights are PyTorch's: {@code W_ih [blocks H,
 * D]}, {@code W_hh [blocks H, H]} and two biases {@code [blocks H]}, blocks of H rows in the order
 * given here. Below, {@code a(x, h)} is {@code W_ih x + b_ih + W_hh h + b_hh} of a block; * is
 * element-wise.
 */
public enum Cell {
  /** Vanilla RNN (Elman 1990): {@code h' = tanh(a(x, h))}. */
  RNN_TANH(1, 1),

  /** {@code h' = max(0, a(x, h))}. */
  RNN_RELU(1, 1),

  /** {@code h' = sigmoid(a(x, h))}. */
  RNN_SIGMOID(1, 1),

  /**
   * Long short-term memory (Hochreiter and Schmidhuber 1997, forget gate of Gers et al. 2000),
   * blocks i, f, g, o: {@code i, f, o = sigmoid(a(x, h))}, {@code g = tanh(a(x, h))}, {@code c' = f
   * * c + i * g}, {@code h' = o * tanh(c')}.
   */
  LSTM(4, 4),

  /**
   * Gated recurrent unit with the reset after the product, as PyTorch and cuDNN have it, blocks r,
   * z, n: {@code r, z = sigmoid(a(x, h))}, {@code n = tanh(W_in x + b_in + r * (W_hn h + b_hn))},
   * {@code h' = (1 - z) * n + z * h}.
   */
  GRU(3, 4),

  /**
   * Gated recurrent unit with the reset before the product (Cho et al. 2014), blocks r, z, n:
   * {@code n = tanh(a(x, r * h))}, all else as in {@link #GRU}. Here too z keeps what was; where z
   * is written for what is new, it is 1 - z here.
   */
  GRU_RESET_BEFORE(3, 4),

  /**
   * Minimal gated unit, blocks g, n: {@code g = sigmoid(a(x, h))}, {@code n = tanh(a(x, h))},
   * {@code h' = g * n + (1 - g) * h}.
   */
  MGU(2, 2);

  private final int blocks;
  private final int gates;

  Cell(int blocks, int gates) {
    this.blocks = blocks;
    this.gates = gates;
  }

  /**
   * The cell of an architecture, for example {@code gru_reset_before}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Cell of(String architecture) {
    for (Cell cell : values()) {
      if (cell.architecture().equals(architecture)) {
        return cell;
      }
    }
    throw new IllegalArgumentException("architecture: there is no cell '" + architecture + "'");
  }

  /** As a model directory names it. */
  public String architecture() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Blocks of H rows in the weights. */
  public int blocks() {
    return blocks;
  }

  /**
   * Blocks of H columns that one step keeps for its gradient: i, f, g, o; or r, z, n and W_hn h +
   * b_hn; or r, z, n and r * h; or g, n; or h' itself.
   */
  public int gates() {
    return gates;
  }

  /** The first blocks, whose recurrent product is with h; the others' is with r * h. */
  public int direct() {
    return this == GRU_RESET_BEFORE ? 2 : blocks;
  }

  /** Whether there is a c beside h. */
  public boolean hasC() {
    return this == LSTM;
  }

  /** Where the recurrent product of a block is summed: apart from the input's in a GRU's n. */
  int recurrentGate(int block) {
    return this == GRU && block == 2 ? 3 : block;
  }

  /** The function of a cell with one block. */
  Function activation() {
    return switch (this) {
      case RNN_TANH -> Function.TANH;
      case RNN_RELU -> Function.RELU;
      case RNN_SIGMOID -> Function.SIGMOID;
      default -> throw new IllegalStateException(this + " has several blocks");
    };
  }
}
