package dev.eddy.operators.tensor;

/**
 * Element-wise functions that the kernel knows with their derivatives. The activations are those of
 * the lectures (row L5); leaky and parametric ReLU have a slope to know, so they are {@code
 * graph.Prelu}.
 */
public enum Function {
  /** x. */
  LINEAR,
  /** 1 / (1 + exp(-x)). */
  SIGMOID,
  TANH,
  /** max(x, 0); its derivative at 0 is 0. */
  RELU,
  /** log(1 + exp(x)), a smooth ReLU. */
  SOFTPLUS,
  /** 1 where x > 0, else 0: the perceptron's; nothing can be trained through it. */
  THRESHOLD,
  EXP,
  /** The natural logarithm; negative infinity at 0, NaN below. */
  LOG,
  NEGATE,
  RECIPROCAL;

  /** Whether its derivative is of use: that of a threshold is 0 wherever there is one. */
  public boolean differentiable() {
    return this != THRESHOLD;
  }
}
