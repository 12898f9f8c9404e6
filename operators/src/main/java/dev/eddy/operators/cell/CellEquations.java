package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.LayerNorm;
import dev.eddy.operators.graph.Multiply;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;

/**
 * One timestep of each cell as equations: what the fused {@link Recurrent} must equal. {@code a} is
 * {@code W_ih x + b_ih + W_hh h + b_hh}, of which each gate takes its block of columns.
 */
public final class CellEquations {
  /**
   * What one timestep hands to the next.
   *
   * @param h {@code [n, H]}
   * @param c {@code [n, H]}, null where the cell has none
   */
  public record State(Node h, Node c) {}

  /**
   * The gains of layer normalisation (Ba, Kiros and Hinton 2016): where they are given, {@code W_ih
   * x} and {@code W_hh h} are normalised over all their blocks, each by itself, before the biases
   * are added. With the reset before the product that of r * h is a product by itself.
   *
   * @param ih {@code [1, blocks H]}
   * @param hh {@code [1, blocks H]}
   */
  public record Gains(Node ih, Node hh) {}

  private CellEquations() {}

  /**
   * Records one timestep.
   *
   * @param x {@code [n, D]}
   * @param gains null where nothing is normalised
   */
  public static State step(
      Tape tape, Cell cell, Node x, State before, Recurrent.Weights w, Gains gains) {
    Rule.present("recurrent", "cell", cell);
    String name = cell.architecture();
    Rule.present(name, "x", x);
    Rule.present(name, "state", before);
    Rule.present(name, "h", before.h());
    Rule.present(name, "weights", w);
    Node h = before.h();
    w.require(cell, x.columns(), h.columns());
    Rule.shape(name, "h", h, x.rows(), h.columns());
    if (cell.hasC()) {
      Rule.shape(name, "c", before.c(), x.rows(), h.columns());
    }
    if (gains != null) {
      Rule.shape(name, "norm_ih", gains.ih(), 1, cell.blocks() * h.columns());
      Rule.shape(name, "norm_hh", gains.hh(), 1, cell.blocks() * h.columns());
    }
    Node ih = product(tape, x, w.weightIh(), gains == null ? null : gains.ih(), w.biasIh());
    if (cell == Cell.GRU_RESET_BEFORE) {
      return new State(gruResetBefore(tape, ih, h, w, gains), null);
    }
    Node hh = product(tape, h, w.weightHh(), gains == null ? null : gains.hh(), w.biasHh());
    return switch (cell) {
      case RNN_TANH -> new State(tanh(tape, Add.of(tape, ih, hh)), null);
      case RNN_RELU -> new State(Apply.of(tape, Function.RELU, Add.of(tape, ih, hh)), null);
      case RNN_SIGMOID -> new State(sigmoid(tape, Add.of(tape, ih, hh)), null);
      case LSTM -> lstm(tape, Add.of(tape, ih, hh), before);
      case MGU -> new State(mgu(tape, Add.of(tape, ih, hh), h), null);
      default -> new State(gru(tape, ih, hh, h), null);
    };
  }

  /** W x + b, or normal(W x) * gain + b. */
  private static Node product(Tape tape, Node x, Node weight, Node gain, Node bias) {
    return gain == null
        ? Affine.of(tape, x, weight, bias)
        : LayerNorm.of(tape, Affine.of(tape, x, weight, null), gain, bias);
  }

  /** i, f, o = sigmoid(a), g = tanh(a), c' = f * c + i * g, h' = o * tanh(c'). */
  private static State lstm(Tape tape, Node a, State before) {
    int hidden = before.h().columns();
    Node i = sigmoid(tape, block(a, 0, hidden));
    Node f = sigmoid(tape, block(a, 1, hidden));
    Node g = tanh(tape, block(a, 2, hidden));
    Node o = sigmoid(tape, block(a, 3, hidden));
    Node c = Add.of(tape, Multiply.of(tape, f, before.c()), Multiply.of(tape, i, g));
    return new State(Multiply.of(tape, o, tanh(tape, c)), c);
  }

  /** r, z = sigmoid(a), n = tanh(W_in x + b_in + r * (W_hn h + b_hn)), h' = (1 - z) * n + z * h. */
  private static Node gru(Tape tape, Node ih, Node hh, Node h) {
    int hidden = h.columns();
    Node r = sigmoid(tape, Add.of(tape, block(ih, 0, hidden), block(hh, 0, hidden)));
    Node z = sigmoid(tape, Add.of(tape, block(ih, 1, hidden), block(hh, 1, hidden)));
    Node product = Multiply.of(tape, r, block(hh, 2, hidden));
    Node n = tanh(tape, Add.of(tape, block(ih, 2, hidden), product));
    return mix(tape, z, h, n);
  }

  /** r, z = sigmoid(a), n = tanh(W_in x + b_in + W_hn (r * h) + b_hn), h' as above. */
  private static Node gruResetBefore(Tape tape, Node ih, Node h, Recurrent.Weights w, Gains gains) {
    int hidden = h.columns();
    Node hh = recurrent(tape, h, 0, 2 * hidden, w, gains);
    Node r = sigmoid(tape, Add.of(tape, block(ih, 0, hidden), block(hh, 0, hidden)));
    Node z = sigmoid(tape, Add.of(tape, block(ih, 1, hidden), block(hh, 1, hidden)));
    Node product = recurrent(tape, Multiply.of(tape, r, h), 2 * hidden, hidden, w, gains);
    Node n = tanh(tape, Add.of(tape, block(ih, 2, hidden), product));
    return mix(tape, z, h, n);
  }

  /** g = sigmoid(a), n = tanh(a), h' = g * n + (1 - g) * h. */
  private static Node mgu(Tape tape, Node a, Node h) {
    int hidden = h.columns();
    Node g = sigmoid(tape, block(a, 0, hidden));
    Node n = tanh(tape, block(a, 1, hidden));
    return mix(tape, g, n, h);
  }

  /** The recurrent product of some blocks, given by their rows. */
  private static Node recurrent(
      Tape tape, Node h, int from, int rows, Recurrent.Weights w, Gains gains) {
    Node gain = gains == null ? null : gains.hh().columns(from, rows);
    Node bias = w.biasHh().columns(from, rows);
    return product(tape, h, w.weightHh().rows(from, rows), gain, bias);
  }

  /** gate * a + (1 - gate) * b, as b + gate * (a - b). */
  private static Node mix(Tape tape, Node gate, Node a, Node b) {
    Node difference = Add.of(tape, a, Apply.of(tape, Function.NEGATE, b));
    return Add.of(tape, b, Multiply.of(tape, gate, difference));
  }

  private static Node block(Node a, int block, int hidden) {
    return a.columns(block * hidden, hidden);
  }

  private static Node sigmoid(Tape tape, Node x) {
    return Apply.of(tape, Function.SIGMOID, x);
  }

  private static Node tanh(Tape tape, Node x) {
    return Apply.of(tape, Function.TANH, x);
  }
}
