package dev.eddy.operators.stream;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Text;
import dev.eddy.serialization.ModelSnapshot;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** What two models have in common. */
public final class Shapes {
  private Shapes() {}

  /** Whether they differ in the weights, the mean, the scale and the dropout alone. */
  public static boolean same(ModelConfig a, ModelConfig b) {
    return a.architecture().equals(b.architecture())
        && a.bidirectional() == b.bidirectional()
        && a.task().equals(b.task())
        && a.labels().equals(b.labels())
        && a.lookahead() == b.lookahead()
        && a.numLayers() == b.numLayers()
        && a.hiddenSize() == b.hiddenSize()
        && a.inputSize() == b.inputSize()
        && a.layers().residual() == b.layers().residual()
        && a.layers().layerNorm() == b.layers().layerNorm()
        && rows(a) == rows(b);
  }

  /**
   * The model, to learn with the dropout of another of the same shapes: that is a choice of the
   * user's, as the learning rate is, and no part of what was learned.
   */
  public static ModelSnapshot withDropoutOf(ModelConfig other, ModelSnapshot model) {
    ModelConfig config = model.config();
    return new ModelSnapshot(
        model.name(),
        model.version(),
        model.parent(),
        model.steps(),
        new ModelConfig(
            config.architecture(),
            config.inputSize(),
            config.hiddenSize(),
            config.numLayers(),
            config.bidirectional(),
            config.task(),
            config.labels(),
            config.features(),
            config.lookahead(),
            other.layers()),
        model.tensors());
  }

  /** Whether an event that is valid for one is valid for the other, labels apart. */
  static boolean readSameEvents(ModelConfig a, ModelConfig b) {
    boolean text = a.features() instanceof Text;
    return text == b.features() instanceof Text && (text || a.inputSize() == b.inputSize());
  }

  /**
   * Checks that a job which goes on from a checkpoint was given a model directory to match.
   *
   * @throws SuppressRestartsException naming both models
   */
  static void require(boolean match, ModelSnapshot restored, ModelSnapshot start) {
    if (!match || !restored.name().equals(start.name())) {
      throw Refused.because(
          "the checkpoint holds model %s, the model directory %s; must match"
              .formatted(inWords(restored), inWords(start)));
    }
  }

  private static String inWords(ModelSnapshot model) {
    ModelConfig config = model.config();
    return "%s (%s, %s, %d inputs, %d layers of %d%s%s, %d labels)"
        .formatted(
            model.name(),
            config.architecture(),
            rows(config) == 0 ? "numeric" : "text in " + rows(config) + " rows",
            config.inputSize(),
            config.numLayers(),
            config.hiddenSize(),
            config.layers().residual() ? ", residual" : "",
            config.layers().layerNorm() ? ", layer norm" : "",
            config.labels().size());
  }

  /** Rows of the embedding, 0 for a model that reads numbers. */
  private static int rows(ModelConfig config) {
    return config.features() instanceof Text text ? text.rows() : 0;
  }
}
