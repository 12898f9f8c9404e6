package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Tensor;

/**
 * y = a b, both computed: da = dy bᵀ, db = aᵀ dy. Attention's weighted sum; for the product with a
 * transposed matrix, its scores, take {@link Affine}.
 */
public final class Product implements Operation {
  private final Node a;
  private final Node b;
  private final Panels panels;
  private final Tensor da;
  private final Node y;

  private Product(Tape tape, Node a, Node b) {
    if (a == null || b == null || a.columns() != b.rows()) {
      throw Rule.broken("product", a, b, "inner sizes must match");
    }
    this.a = a;
    this.b = b;
    this.panels = tape.kernel().affinePanels(tape.scope(), b.columns(), b.rows());
    this.da = tape.scope().allocate(a.rows(), a.columns());
    this.y = tape.node(a.rows(), b.columns());
  }

  /** Records the product of a {@code [n, k]} and b {@code [k, m]}: {@code [n, m]}. */
  public static Node of(Tape tape, Node a, Node b) {
    return tape.record(new Product(tape, a, b)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.fill(y.value(), 0);
    kernel.multiply(a.value(), b.value(), y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!a.constant()) {
      kernel.packAffine(b.value(), null, panels);
      kernel.affine(y.gradient(), panels, da);
      kernel.axpy(1, da, a.gradient());
    }
    if (!b.constant()) {
      kernel.multiplyLeftTransposed(a.value(), y.gradient(), b.gradient());
    }
  }
}
