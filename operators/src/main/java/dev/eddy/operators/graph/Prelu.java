package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/**
 * y = x where x > 0, else slope x (He et al. 2015): dx = dy or slope dy, and the slope gets Σ dy x
 * over the rows where x is not positive. At 0 the derivative by x is the slope. Leaky ReLU is the
 * same with a slope that is constant.
 */
public final class Prelu implements Operation {
  private final Node x;
  private final Node slope;
  private final Tensor negative;
  private final Tensor slopes;
  private final Tensor factor;
  private final Tensor product;
  private final Node y;

  private Prelu(Tape tape, Node x, Node slope) {
    Rule.present("prelu", "x", x);
    Rule.shape("prelu", "slope", slope, 1, x.columns());
    this.x = x;
    this.slope = slope;
    this.negative = tape.scope().allocate(x.rows(), x.columns());
    this.slopes = tape.scope().allocate(x.rows(), x.columns());
    this.factor = tape.scope().allocate(x.rows(), x.columns());
    this.product = tape.scope().allocate(x.rows(), x.columns());
    this.y = tape.node(x.rows(), x.columns());
  }

  /**
   * Records the function.
   *
   * @param x {@code [n, m]}
   * @param slope {@code [1, m]}, of each column
   */
  public static Node of(Tape tape, Node x, Node slope) {
    return tape.record(new Prelu(tape, x, slope)).y;
  }

  /** Leaky ReLU: the same slope for all columns, which is not learned. */
  public static Node leaky(Tape tape, Node x, float slope) {
    Rule.present("prelu", "x", x);
    Node constant = tape.constant(1, x.columns());
    tape.kernel().fill(constant.value(), slope);
    return of(tape, x, constant);
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.map(Function.THRESHOLD, x.value(), factor);
    kernel.fill(negative, 1);
    kernel.axpy(-1, factor, negative);
    kernel.fill(slopes, 0);
    kernel.addRow(slope.value(), slopes);
    kernel.multiplyAdd(slopes, negative, factor);
    kernel.fill(y.value(), 0);
    kernel.multiplyAdd(x.value(), factor, y.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      kernel.multiplyAdd(y.gradient(), factor, x.gradient());
    }
    if (!slope.constant()) {
      kernel.fill(product, 0);
      kernel.multiplyAdd(x.value(), negative, product);
      kernel.fill(slopes, 0);
      kernel.multiplyAdd(y.gradient(), product, slopes);
      kernel.addRowSum(slopes, slope.gradient());
    }
  }
}
