package dev.eddy.operators.tensor;

/**
 * The gradients of one {@link CellStep}.
 *
 * @param dhNext {@code [n, H]}, read
 * @param dc {@code [n, H]}: that of cNext, replaced by that of c; null where the cell has none
 * @param dIh {@code [n, blocks H]}, set: of the blocks before their activations, by W_ih x
 * @param dHh {@code [n, blocks H]}, set: the same by the recurrent product; the very same tensor as
 *     dIh but in a GRU
 * @param dh {@code [n, H]}, added to; null where h takes no gradient
 */
public record CellGradient(Tensor dhNext, Tensor dc, Tensor dIh, Tensor dHh, Tensor dh) {}
