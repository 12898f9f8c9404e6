package dev.eddy.operators.tensor;

/**
 * Weights in the order in which the kernel reads them; opaque outside this package. Panels of a
 * cell also hold the kernel's scratch for one step, so one thread uses them at a time.
 */
public final class Panels {
  /** D. */
  final int inputs;

  /** The outputs of an affine map, or H of a cell. */
  final int outputs;

  /** Null for an affine map. */
  final Cell cell;

  /** Laid out as the kernel likes. */
  final Tensor weights;

  /** Null for an affine map. */
  final Tensor scratch;

  /** Where units go that fill no vector; null where there is no such place. */
  final CellStep edge;

  Panels(int inputs, int outputs, Cell cell, Tensor weights, Tensor scratch, CellStep edge) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.cell = cell;
    this.weights = weights;
    this.scratch = scratch;
    this.edge = edge;
  }

  @Override
  public String toString() {
    return kind(cell) + " panels " + inputs + " to " + outputs;
  }

  /** {@code affine} or the cell's name. */
  static String kind(Cell cell) {
    return cell == null ? "affine" : cell.architecture();
  }
}
