package dev.eddy.operators.stream;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Text;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Shown;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** What two models have in common. */
public final class Shapes {
  private Shapes() {}

  /** Whether they differ in the weights, the mean, the scale and the dropout alone. */
  public static boolean same(ModelConfig a, ModelConfig b) {
    return differences(a, b).isEmpty();
  }

  /**
   * What else they differ in, as {@code config.json} calls it, with both values: {@code hidden_size
   * is 8 and 9}. Empty where they are the same.
   */
  public static String differences(ModelConfig a, ModelConfig b) {
    List<String> found = new ArrayList<>();
    differ(found, "architecture", a.architecture(), b.architecture());
    differ(found, "bidirectional", a.bidirectional(), b.bidirectional());
    differ(found, "task", a.task(), b.task());
    differ(found, "lookahead", a.lookahead(), b.lookahead());
    differ(found, "features", features(a), features(b));
    differ(found, "input_size", a.inputSize(), b.inputSize());
    differ(found, "hidden_size", a.hiddenSize(), b.hiddenSize());
    differ(found, "num_layers", a.numLayers(), b.numLayers());
    differ(found, "residual", a.layers().residual(), b.layers().residual());
    differ(found, "layer_norm", a.layers().layerNorm(), b.layers().layerNorm());
    differ(found, "the number of labels", a.labels().size(), b.labels().size());
    if (a.labels().size() == b.labels().size()) {
      IntStream.range(0, a.labels().size())
          .filter(i -> !a.labels().get(i).equals(b.labels().get(i)))
          .limit(1)
          .forEach(i -> found.add("label " + i + " is " + quoted(a, i) + " and " + quoted(b, i)));
    }
    return String.join(", ", found);
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

  /** What makes an event that is valid for one not so for the other, labels apart. */
  static String differencesOfEvents(ModelConfig a, ModelConfig b) {
    List<String> found = new ArrayList<>();
    boolean text = a.features() instanceof Text;
    if (text != b.features() instanceof Text) {
      differ(found, "features", features(a), features(b));
    } else if (!text) {
      differ(found, "input_size", a.inputSize(), b.inputSize());
    }
    return String.join(", ", found);
  }

  /**
   * Checks that a job which goes on from a checkpoint was given a model directory to match.
   *
   * @param differences of the two that cannot be
   * @throws SuppressRestartsException naming them
   */
  static void require(String differences, ModelSnapshot restored, ModelSnapshot start) {
    List<String> found = new ArrayList<>();
    differ(found, "eddy.model.name", restored.name(), start.name());
    if (!differences.isEmpty()) {
      found.add(differences);
    }
    if (!found.isEmpty()) {
      throw Refused.because(
          "the model of the checkpoint and that of the model directory must match: %s; start with"
                  .formatted(String.join(", ", found))
              + " the directory that the job had, or without the checkpoint");
    }
  }

  private static <T> void differ(List<String> found, String what, T a, T b) {
    if (!a.equals(b)) {
      found.add(what + " is " + a + " and " + b);
    }
  }

  private static String quoted(ModelConfig config, int label) {
    return "'" + Shown.shortened(config.labels().get(label)) + "'";
  }

  private static String features(ModelConfig config) {
    return config.features() instanceof Text text ? "text in " + text.rows() + " rows" : "numeric";
  }
}
