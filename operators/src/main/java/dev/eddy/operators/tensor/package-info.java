/**
 * Memory, tensors and the kernel: everything that touches single floats in bulk lives here.
 *
 * <p>Read {@link dev.eddy.operators.tensor.Kernel} first, then {@link
 * dev.eddy.operators.tensor.Scope} and {@link dev.eddy.operators.tensor.Tensor}. There are two
 * implementations: the scalar one ({@code ScalarKernel}, heap arrays, any JVM from 17) defines what
 * is correct; the vector one ({@code VectorKernel}, off-heap arenas, JDK 25) is fast. {@link
 * dev.eddy.operators.tensor.Kernels} chooses between them, once.
 *
 * <p>The invariant: a row's result never depends, in any bit, on which rows share its batch or
 * where it stands in it, because every output element is accumulated in the same order over the
 * inner dimension whatever the tile.
 *
 * <p>Deliberately absent: shapes of rank above two, other number types, broadcasting by rule,
 * derivatives (they are in graph), and any way to learn from outside which memory lies behind a
 * tensor.
 */
package dev.eddy.operators.tensor;
