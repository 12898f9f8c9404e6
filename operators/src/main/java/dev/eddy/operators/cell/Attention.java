package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Product;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;

/**
 * Global attention with the score "dot", without input feeding (Luong, Pham and Manning 2015,
 * section 3.1): each state h_t of a decoder looks at all states e_s of an encoder.
 *
 * <pre>
 * a_t(s) = exp(h_t · e_s) / Σ_s' exp(h_t · e_s')
 * c_t    = Σ_s a_t(s) e_s
 * y_t    = tanh(W_c [c_t h_t])
 * </pre>
 *
 * @param shares a {@code [n, m]}: how much of each e_s is in each c_t; each row's sum is 1
 * @param y {@code [n, H]}: what the output reads in place of h
 */
public record Attention(Node shares, Node y) {
  /**
   * Records the attention of one sequence to one other.
   *
   * @param name of the weight, {@code name.weight} {@code [H, 2 H]}
   * @param h {@code [n, H]}
   * @param e {@code [m, H]}
   */
  public static Attention of(Tape tape, Weights weights, String name, Node h, Node e) {
    Rule.present("attention", "weights", weights);
    Rule.present("attention", "h", h);
    Rule.present("attention", "e", e);
    Rule.shape("attention", "e", e, e.rows(), h.columns());
    Node shares = Softmax.of(tape, Affine.of(tape, h, e, null));
    Node both = Concatenate.columns(tape, Product.of(tape, shares, e), h);
    int hidden = h.columns();
    Node weight = weights.get(name + ".weight", hidden, 2 * hidden, Initial.FAN_IN);
    return new Attention(
        shares, Apply.of(tape, Function.TANH, Affine.of(tape, both, weight, null)));
  }
}
