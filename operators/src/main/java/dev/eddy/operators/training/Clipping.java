package dev.eddy.operators.training;

import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.Kernel;
import java.util.List;

/** Gradient clipping, by the global norm or by each value. */
final class Clipping {
  private Clipping() {}

  /**
   * By global norm (Pascanu, Mikolov and Bengio 2013): gradients longer than the limit, all taken
   * as one vector, are scaled to it. As PyTorch's clip_grad_norm_, 1e-6 keeps the factor finite.
   *
   * @return the norm before
   */
  static double clip(Kernel kernel, List<Parameter> parameters, double limit) {
    double norm = norm(kernel, parameters);
    double factor = limit / (norm + 1e-6);
    if (factor < 1) {
      for (int i = 0; i < parameters.size(); i++) {
        kernel.scale((float) factor, parameters.get(i).node().gradient());
      }
    }
    return norm;
  }

  /** The global norm. */
  static double norm(Kernel kernel, List<Parameter> parameters) {
    double squares = 0;
    for (int i = 0; i < parameters.size(); i++) {
      squares += kernel.sumOfSquares(parameters.get(i).node().gradient());
    }
    return Math.sqrt(squares);
  }

  /** By value: every element is put within -limit and limit. */
  static void clamp(Kernel kernel, List<Parameter> parameters, double limit) {
    for (int i = 0; i < parameters.size(); i++) {
      kernel.clamp((float) limit, parameters.get(i).node().gradient());
    }
  }
}
