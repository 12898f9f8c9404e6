/**
 * The computational graph: operations, each with its derivative beside it, recorded on a tape.
 *
 * <p>Read {@link dev.eddy.operators.graph.Node} and {@link dev.eddy.operators.graph.Add} first: a
 * node knows its value and its gradient, an operation knows only its inputs, its output and its
 * local derivative, and {@link dev.eddy.operators.graph.Tape} runs them in order and back. A new
 * operation is one file, one name in {@link dev.eddy.operators.graph.Operation}'s {@code permits},
 * one case in the gradient check and one of the shapes that it refuses.
 *
 * <p>Invariant: an operation without a gradient check fails the build, composed ones too, and so
 * does one that takes several shapes and refuses none.
 *
 * <p>What other operations can say is said by them, without a derivative of its own: {@link
 * dev.eddy.operators.graph.Convolution}, {@link dev.eddy.operators.graph.MaxPooling}, {@link
 * dev.eddy.operators.graph.Entropy}.
 *
 * <p>Absent on purpose: loops over elements (the kernel's business), cells and networks, and
 * slicing or reshaping as an operation: a view of a node shares its memory, so its gradient adds by
 * itself.
 */
package dev.eddy.operators.graph;
