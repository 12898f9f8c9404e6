package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Function;

/**
 * Entropies of distributions in rows {@code [n, m]}, as equations, in nats {@code [n, 1]}: {@code
 * H(p) = -Σ p log p}, {@code H(p, q) = -Σ p log q} and {@code KL(p‖q) = Σ p (log p - log q)}, so
 * that {@code H(p, q) = H(p) + KL(p‖q)}. Probabilities below 2^-126 count as 2^-126 in logarithms,
 * whose derivative there is 0: 0 log 0 = 0, and nothing is infinite.
 */
public final class Entropy {
  private static final float LEAST = 0x1p-126f;

  private Entropy() {}

  /** H(p). */
  public static Node of(Tape tape, Node p) {
    return cross(tape, p, p);
  }

  /** H(p, q), the cross entropy. */
  public static Node cross(Tape tape, Node p, Node q) {
    Rule.sameShape("cross entropy of distributions", p, q);
    return Sum.of(tape, Multiply.of(tape, p, minusLog(tape, q)));
  }

  /** KL(p‖q), the divergence of q from p. */
  public static Node divergence(Tape tape, Node p, Node q) {
    Rule.sameShape("divergence", p, q);
    Node logP = Apply.of(tape, Function.NEGATE, minusLog(tape, p));
    return Sum.of(tape, Multiply.of(tape, p, Add.of(tape, logP, minusLog(tape, q))));
  }

  private static Node minusLog(Tape tape, Node p) {
    Node least = tape.constant(p.rows(), p.columns());
    tape.kernel().fill(least.value(), LEAST);
    Node log = Apply.of(tape, Function.LOG, Extremum.max(tape, least, p));
    return Apply.of(tape, Function.NEGATE, log);
  }
}
