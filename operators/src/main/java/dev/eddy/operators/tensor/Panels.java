package dev.eddy.operators.tensor;

/**
 * Weights in the order in which the kernel reads them; opaque outside this package. Panels of an
 * LSTM also hold the kernel's scratch for one step, so one thread uses them at a time.
 */
public final class Panels {
  /** D. */
  final int inputs;

  /** The outputs of an affine map, or H of an LSTM. */
  final int outputs;

  final boolean lstm;

  /** Laid out as the kernel likes. */
  final Tensor weights;

  /** Null for an affine map. */
  final Tensor scratch;

  Panels(int inputs, int outputs, boolean lstm, Tensor weights, Tensor scratch) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.lstm = lstm;
    this.weights = weights;
    this.scratch = scratch;
  }

  @Override
  public String toString() {
    return (lstm ? "lstm" : "affine") + " panels " + inputs + " to " + outputs;
  }
}
