/**
 * The Flink operators: tagging, windowing, training, and the ends of the model topic.
 *
 * <p>Read {@link dev.eddy.operators.stream.TaggingOperator} first, then {@link
 * dev.eddy.operators.stream.Bundle}; for learning {@link
 * dev.eddy.operators.stream.WindowingOperator}, {@link dev.eddy.operators.stream.WindowQueue} and
 * {@link dev.eddy.operators.stream.TrainingOperator}; for models on their way {@link
 * dev.eddy.operators.stream.ModelAssembler}; for networks of one's own {@link
 * dev.eddy.operators.stream.EventNetworkFunction}.
 *
 * <p>The one invariant: what an operator gives depends on its input and its checkpoint alone. How
 * events are bundled, when timers fire and where a failure strikes change no bit of it. Only from
 * which event on a newer model serves is a matter of when it arrives; each tag names its model.
 *
 * <p>Deliberately absent: arithmetic, which is the cells' and the trainer's; sources, sinks and
 * operator uids, which are the jobs'.
 */
package dev.eddy.operators.stream;
