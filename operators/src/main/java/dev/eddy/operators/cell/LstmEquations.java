package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Lstm;
import dev.eddy.operators.graph.Multiply;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;

/**
 * One timestep of an LSTM as equations: what {@link Lstm} must equal.
 *
 * <pre>
 * i, f, o = sigmoid(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)      g = tanh(the same)
 * c_t = f * c_{t-1} + i * g                                     h_t = o * tanh(c_t)
 * </pre>
 */
public final class LstmEquations {
  /**
   * What one timestep hands to the next.
   *
   * @param h {@code [n, H]}
   * @param c {@code [n, H]}
   */
  public record State(Node h, Node c) {}

  private LstmEquations() {}

  /**
   * Records one timestep.
   *
   * @param x {@code [n, D]}
   */
  public static State step(Tape tape, Node x, State before, Lstm.Weights w) {
    int hidden = before.h().columns();
    Node z =
        Add.of(
            tape,
            Affine.of(tape, x, w.weightIh(), w.biasIh()),
            Affine.of(tape, before.h(), w.weightHh(), w.biasHh()));
    Node i = Apply.of(tape, Function.SIGMOID, z.columns(0, hidden));
    Node f = Apply.of(tape, Function.SIGMOID, z.columns(hidden, hidden));
    Node g = Apply.of(tape, Function.TANH, z.columns(2 * hidden, hidden));
    Node o = Apply.of(tape, Function.SIGMOID, z.columns(3 * hidden, hidden));
    Node c = Add.of(tape, Multiply.of(tape, f, before.c()), Multiply.of(tape, i, g));
    Node h = Multiply.of(tape, o, Apply.of(tape, Function.TANH, c));
    return new State(h, c);
  }
}
