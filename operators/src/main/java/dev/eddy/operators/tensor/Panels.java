package dev.eddy.operators.tensor;

/** Weights in the order in which the kernel reads them; opaque outside this package. */
public final class Panels {
  final int inputs;
  final int outputs;
  final Tensor memory;

  Panels(int inputs, int outputs, Tensor memory) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.memory = memory;
  }
}
