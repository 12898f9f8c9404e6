/**
 * Learning: optimizers, clipping, truncated back-propagation through time.
 *
 * <p>Read {@link dev.eddy.operators.training.OnlineTrainer} first: one call takes a mini-batch of
 * windows of events, predicts and scores them, and only then learns from them. {@link
 * dev.eddy.operators.training.Learner} does the same for any network that is written down with
 * {@link dev.eddy.operators.cell.Weights}; both step an {@link
 * dev.eddy.operators.training.Optimizer}.
 *
 * <p>Invariant: the same mini-batches in the same order give the same weights to the bit, also
 * across {@link dev.eddy.operators.training.OnlineTrainer#state} and back, on the same kernel and
 * as many threads. Threads share the windows of one mini-batch and nothing else ({@code Share},
 * {@code Crew}).
 *
 * <p>Absent on purpose: Flink, clocks, and anything that decides which windows form a mini-batch
 * ({@code stream}).
 */
package dev.eddy.operators.training;
