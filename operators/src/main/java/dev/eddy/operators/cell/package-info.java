/**
 * Cells, layers and networks: equations, composed of operations.
 *
 * <p>Read {@link dev.eddy.operators.cell.CellEquations} first, the cells as they stand in a
 * textbook; then {@link dev.eddy.operators.cell.Network}, which unrolls a model over packed
 * sequences for training, and {@link dev.eddy.operators.cell.Stepper}, which runs it forward, one
 * event of each sequence at a time.
 *
 * <p>A network of any other form is a function of its input that takes its parameters, by name,
 * from {@link dev.eddy.operators.cell.Weights}, as {@link dev.eddy.operators.cell.EncoderDecoder}
 * is.
 *
 * <p>Invariant: no backward code here; {@link dev.eddy.operators.cell.StateRows} is the one class
 * that copies between a sequence's state on the heap and the rows of tensors. A composition without
 * a gradient check fails the build, and so does one that takes sizes or shapes and refuses none.
 *
 * <p>Absent on purpose: optimizers and losses ({@code training}), where states are kept ({@code
 * stream}).
 */
package dev.eddy.operators.cell;
