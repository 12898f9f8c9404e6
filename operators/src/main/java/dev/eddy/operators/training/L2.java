package dev.eddy.operators.training;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.Kernel;
import java.util.List;

/**
 * The penalty {@code λ/2 Σ ‖W‖²} on the weight matrices (lecture row L4), whose gradient is λW;
 * biases, gains, shifts and slopes carry none.
 */
public final class L2 {
  private L2() {}

  /** Adds the gradients of those parameters that are matrices, and returns the penalty. */
  public static double add(Kernel kernel, List<Parameter> parameters, double lambda) {
    double squares = 0;
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i).matrix()) {
        Node node = parameters.get(i).node();
        kernel.axpy((float) lambda, node.value(), node.gradient());
        squares += kernel.sumOfSquares(node.value());
      }
    }
    return lambda / 2 * squares;
  }
}
