package dev.eddy.serialization;

import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * {@code config.json} of a model directory: what the network is and what a valid event is.
 *
 * @param architecture {@code rnn_tanh}, {@code rnn_relu}, {@code rnn_sigmoid}, {@code lstm}, {@code
 *     gru}, {@code gru_reset_before} or {@code mgu}
 * @param inputSize floats that one event becomes
 * @param hiddenSize units of one layer in one direction
 * @param task {@code tagging}, {@code classification} or {@code language-model}
 * @param labels in the order of the output rows
 * @param features null for plain numbers
 * @param lookahead later events that a tag may wait for
 * @param layers what is between and inside the layers
 */
public record ModelConfig(
    String architecture,
    int inputSize,
    int hiddenSize,
    int numLayers,
    boolean bidirectional,
    String task,
    List<String> labels,
    Features features,
    int lookahead,
    Layers layers)
    implements Serializable {

  /** Blocks of {@code hiddenSize} rows in the weights of each architecture. */
  static final Map<String, Integer> GATES =
      Map.of(
          "rnn_tanh", 1,
          "rnn_relu", 1,
          "rnn_sigmoid", 1,
          "lstm", 4,
          "gru", 3,
          "gru_reset_before", 3,
          "mgu", 2);

  private static final Set<String> TASKS = Set.of("tagging", "classification", "language-model");

  /** How an event becomes the input of the network, {@code [inputSize]}. */
  public sealed interface Features extends Serializable {}

  /** {@code (x - mean) / scale}; mean and scale {@code [inputSize]}, null for 0 and 1. */
  public record Numeric(float[] mean, float[] scale) implements Features {}

  /** The sum of the rows of {@code embedding.weight [rows, width]} that the token hashes to. */
  public record Text(int rows, int width) implements Features {}

  /**
   * What is between and inside the layers.
   *
   * @param residual whether what a layer reads is added to what it gives, but for the first layer
   * @param dropout probability with which a float that a layer hands to the next is dropped while
   *     learning
   * @param layerNorm whether both products of each cell are normalised
   */
  public record Layers(boolean residual, float dropout, boolean layerNorm) implements Serializable {
    /** Layers on top of each other and nothing else. */
    public static final Layers PLAIN = new Layers(false, 0, false);
  }

  /** A network of plain layers. */
  public ModelConfig(
      String architecture,
      int inputSize,
      int hiddenSize,
      int numLayers,
      boolean bidirectional,
      String task,
      List<String> labels,
      Features features,
      int lookahead) {
    this(
        architecture,
        inputSize,
        hiddenSize,
        numLayers,
        bidirectional,
        task,
        labels,
        features,
        lookahead,
        Layers.PLAIN);
  }

  /**
   * Checks that such a network can be.
   *
   * @throws InvalidModelException naming the key, the rule and the value
   */
  public ModelConfig {
    oneOf("architecture", architecture, GATES.keySet());
    between("input_size", inputSize, 1, 1 << 15);
    between("hidden_size", hiddenSize, 1, 1 << 13);
    between("num_layers", numLayers, 1, 64);
    oneOf("task", task, TASKS);
    between("lookahead", lookahead, 0, 1000);
    require(
        layers.dropout() >= 0 && layers.dropout() < 1,
        "dropout is " + layers.dropout() + "; must be at least 0 and below 1");
    labels = List.copyOf(labels);
    between("the number of labels", labels.size(), 1, 1 << 16);
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      require(!label.isEmpty(), "labels holds an empty label");
      require(seen.add(label), "labels holds '" + label + "' twice");
    }
    if (features == null) {
      features = new Numeric(null, null);
    }
    if (features instanceof Text text) {
      between("features.rows", text.rows(), 1, 1 << 20);
      require(
          text.width() == inputSize,
          "features.width is " + text.width() + ", input_size is " + inputSize + "; must be equal");
    } else if (features instanceof Numeric numeric) {
      numbers("features.mean", numeric.mean(), inputSize);
      numbers("features.scale", numeric.scale(), inputSize);
      for (float scale : numeric.scale() == null ? new float[0] : numeric.scale()) {
        require(scale != 0, "features.scale holds 0; features are divided by it");
      }
    }
  }

  /** Name and shape of every tensor of the network, as PyTorch has them. */
  public SortedMap<String, int[]> shapes() {
    SortedMap<String, int[]> shapes = new TreeMap<>();
    int rows = GATES.get(architecture) * hiddenSize;
    for (int layer = 0; layer < numLayers; layer++) {
      for (int direction = 0; direction < directions(); direction++) {
        String suffix = "_l" + layer + (direction == 1 ? "_reverse" : "");
        shapes.put(
            "rnn.weight_ih" + suffix,
            new int[] {rows, layer == 0 ? inputSize : directions() * hiddenSize});
        shapes.put("rnn.weight_hh" + suffix, new int[] {rows, hiddenSize});
        shapes.put("rnn.bias_ih" + suffix, new int[] {rows});
        shapes.put("rnn.bias_hh" + suffix, new int[] {rows});
        if (layers.layerNorm()) {
          shapes.put("rnn.norm_ih" + suffix, new int[] {rows});
          shapes.put("rnn.norm_hh" + suffix, new int[] {rows});
        }
      }
    }
    shapes.put("output.weight", new int[] {labels.size(), directions() * hiddenSize});
    shapes.put("output.bias", new int[] {labels.size()});
    if (features instanceof Text text) {
      shapes.put("embedding.weight", new int[] {text.rows(), text.width()});
    }
    return shapes;
  }

  /**
   * Floats of the state of one sequence, the length of {@link HiddenState#values}: h, and c if any,
   * of each layer. The reverse direction begins at the end of what it is given, always from zero,
   * and has no state.
   */
  public int stateSize() {
    return numLayers * hiddenSize * (architecture.equals("lstm") ? 2 : 1);
  }

  /** Whether what is said of an event is the label of the next. */
  public boolean isLanguageModel() {
    return task.equals("language-model");
  }

  /** Whether one thing is said of a sequence, not one of each event. */
  public boolean isClassifier() {
    return task.equals("classification");
  }

  /** Whether nothing can be said before a sequence has ended. */
  public boolean readsWholeSequences() {
    return bidirectional || isClassifier();
  }

  private int directions() {
    return bidirectional ? 2 : 1;
  }

  private static void oneOf(String key, String value, Set<String> known) {
    require(
        value != null && known.contains(value),
        key + " is '" + value + "'; must be one of " + String.join(", ", new TreeSet<>(known)));
  }

  private static void between(String key, int value, int least, int most) {
    require(
        value >= least && value <= most,
        key + " is " + value + "; must be between " + least + " and " + most);
  }

  private static void numbers(String key, float[] values, int size) {
    if (values == null) {
      return;
    }
    require(
        values.length == size,
        key + " has " + values.length + " numbers, input_size is " + size + "; must be equal");
    for (float value : values) {
      require(Float.isFinite(value), key + " holds " + value + "; must be finite");
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new InvalidModelException(otherwise);
    }
  }
}
