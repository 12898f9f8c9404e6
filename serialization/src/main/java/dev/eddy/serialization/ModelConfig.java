package dev.eddy.serialization;

import java.util.List;

/** {@code config.json} of a model directory: what the network is and what a valid event is. */
public record ModelConfig(
    String architecture,
    int inputSize,
    int hiddenSize,
    int numLayers,
    boolean bidirectional,
    String task,
    List<String> labels,
    Features features,
    int lookahead) {

  /** How an event becomes the input of the network, {@code [inputSize]}. */
  public sealed interface Features {}

  /** {@code (x - mean) / scale}; mean and scale {@code [inputSize]}, null for 0 and 1. */
  public record Numeric(float[] mean, float[] scale) implements Features {}

  /** The sum of the rows of {@code embedding.weight [rows, width]} that the token hashes to. */
  public record Text(int rows, int width) implements Features {}
}
