package dev.eddy.local.command;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** A model in words. */
record Inspection(Path directory, ModelSnapshot model) {
  private static final int MOST_LABELS = 20;

  @Override
  public String toString() {
    ModelConfig config = model.config();
    StringBuilder text = new StringBuilder();
    line(text, "model", directory.toString());
    line(
        text,
        "task",
        config.task() + (config.lookahead() == 0 ? "" : ", lookahead " + config.lookahead()));
    line(text, "answers", answers(config));
    line(text, "network", network(config));
    line(text, "features", features(config));
    line(text, "labels", labels(config));
    line(text, "parameters", parameters(config));
    config.shapes().forEach((name, shape) -> line(text, "  " + name, shape(shape)));
    line(
        text,
        "state",
        config.readsWholeSequences()
            ? "the events of each live sequence, until it ends"
            : String.format(
                Locale.ROOT,
                "%,d floats, %,d bytes for each live sequence",
                config.stateSize(),
                Float.BYTES * config.stateSize()));
    return text.toString().stripTrailing();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append(String.format(Locale.ROOT, "%-26s %s%n", name, value));
  }

  private static String answers(ModelConfig config) {
    if (config.isClassifier()) {
      return "once for each sequence, when it ends (field end)";
    }
    String each = config.isLanguageModel() ? "for each event, of the next one" : "for each event";
    return each + (config.bidirectional() ? ", when its sequence ends (field end)" : ", at once");
  }

  private static String network(ModelConfig config) {
    return "%s, %d %s of %d units%s"
            .formatted(
                config.architecture(),
                config.numLayers(),
                config.numLayers() == 1 ? "layer" : "layers",
                config.hiddenSize(),
                config.bidirectional() ? ", bidirectional" : "")
        + (config.layers().residual() ? ", residual" : "")
        + (config.layers().dropout() > 0 ? ", dropout " + config.layers().dropout() : "")
        + (config.layers().layerNorm() ? ", normalised" : "");
  }

  private static String features(ModelConfig config) {
    if (config.features() instanceof ModelConfig.Text words) {
      return String.format(
          Locale.ROOT,
          "text (field token): sum of rows of a table of %,d x %d",
          words.rows(),
          words.width());
    }
    ModelConfig.Numeric numbers = (ModelConfig.Numeric) config.features();
    String scaled =
        numbers.mean() == null && numbers.scale() == null ? "as they are" : "with mean and scale";
    return "%d numbers (field features), %s".formatted(config.inputSize(), scaled);
  }

  private static String labels(ModelConfig config) {
    int more = config.labels().size() - MOST_LABELS;
    return config.labels().size()
        + ": "
        + config.labels().stream().limit(MOST_LABELS).collect(Collectors.joining(" "))
        + (more > 0 ? " … and " + more + " more" : "");
  }

  private static String parameters(ModelConfig config) {
    long count =
        config.shapes().values().stream()
            .mapToLong(shape -> Arrays.stream(shape).asLongStream().reduce(1, (a, b) -> a * b))
            .sum();
    return String.format(Locale.ROOT, "%,d in %d tensors", count, config.shapes().size());
  }

  private static String shape(int[] shape) {
    return Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(" x "));
  }
}
