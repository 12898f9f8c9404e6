package dev.eddy.serialization;

import java.util.SortedMap;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * All that learning needs to go on to the bit: weights, moments of the optimizer and counters.
 *
 * @param model weights now; its version is that of the last published model
 * @param firstMoments Adam's m, or the velocities of SGD, by tensor name
 * @param secondMoments Adam's v, by tensor name; empty for SGD
 * @param optimizerSteps mini-batches so far
 * @param random state of the random generator
 * @param kernel what computed it, {@code Kernel.name()}: bits are promised for the same kernel only
 */
@TypeInfo(Types.Factory.class)
public record TrainingState(
    ModelSnapshot model,
    SortedMap<String, float[]> firstMoments,
    SortedMap<String, float[]> secondMoments,
    long optimizerSteps,
    long random,
    String kernel) {
  /** The same of another model, which has the same tensors. */
  public TrainingState with(ModelSnapshot other) {
    return new TrainingState(other, firstMoments, secondMoments, optimizerSteps, random, kernel);
  }
}
