package dev.eddy.operators.tensor;

/** Element-wise functions that the kernel knows with their derivatives. */
public enum Function {
  SIGMOID,
  TANH,
  RELU,
  EXP,
  NEGATE,
  RECIPROCAL
}
