package dev.eddy.operators.tensor;

/**
 * One timestep of n sequences. D inputs, H units.
 *
 * @param x {@code [n, D]}
 * @param h {@code [n, H]}
 * @param c {@code [n, H]}, null where the cell has none
 * @param gates {@code [n, gates H]}, set for the gradient; null where none will be asked for
 * @param hNext {@code [n, H]}, set; may be h
 * @param cNext {@code [n, H]}, set; may be c; null where the cell has none
 */
public record CellStep(Tensor x, Tensor h, Tensor c, Tensor gates, Tensor hNext, Tensor cNext) {}
