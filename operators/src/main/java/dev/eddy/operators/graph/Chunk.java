package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Tensor;

/**
 * Some timesteps on end of a {@link Recurrent} layer, so few that what backward makes for them is
 * still in the cache when the weights take their gradients from it. N rows.
 *
 * @param first of its spans
 * @param end behind its last span
 * @param x {@code [N, D]}
 * @param hIn {@code [N, H]}: h_{t-1}
 * @param product {@code [N, H]}: r * h_{t-1}, null for none
 * @param dIh {@code [N, blocks H]}, in memory that the chunks share
 * @param dHh {@code [N, blocks H]}, likewise
 */
record Chunk(
    int first,
    int end,
    Node x,
    Tensor hIn,
    Tensor product,
    Tensor dIh,
    Tensor dHh,
    Tensor dDirect,
    Tensor dRest) {}
