package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.EmbeddingBag;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * A model with gradients: input, stacked layers, affine output; unrolled over packed sequences on a
 * tape. The weights live in the caller's scope, what is unrolled lives on the tape.
 */
public final class Network {
  static final String EMBEDDING = "embedding.weight";

  /**
   * One unrolling of N rows of S sequences.
   *
   * @param inputs to set before the tape runs
   * @param before to load before the tape runs, a row for each sequence
   * @param after to store from after the tape ran, a row for each packed row
   * @param logits {@code [N, labels]}; of a classifier {@code [S, labels]}, each as if its sequence
   *     ended with its last row
   * @param hidden of each layer, of each timestep h_t {@code [n, H]}, forward only
   */
  public record Unrolled(
      InputRows inputs, StateRows before, StateRows after, Node logits, List<List<Node>> hidden) {}

  private final ModelConfig config;
  private final SortedMap<String, Parameter> byName = new TreeMap<>();
  private final List<Parameter> parameters;
  private final EmbeddingTable table;

  /**
   * The network of a model.
   *
   * @param maxRows most packed rows of one backward run
   */
  public Network(Scope scope, ModelSnapshot model, int maxRows) {
    Rule.present("network", "model", model);
    if (maxRows < 1) {
      throw new IllegalArgumentException(
          "network: at most " + maxRows + " rows; must be at least 1");
    }
    requireSupported(model.config());
    this.config = model.config();
    EmbeddingTable embedding = null;
    for (Map.Entry<String, int[]> tensor : config.shapes().entrySet()) {
      String name = tensor.getKey();
      int rows = Initialization.rows(tensor.getValue());
      int columns = Initialization.columns(tensor.getValue());
      float[] values = model.tensors().get(name);
      if (name.equals(EMBEDDING)) {
        int capacity = Math.min(rows, maxRows * TokenHashes.COUNT);
        embedding = new EmbeddingTable(scope, name, rows, columns, values, capacity);
      } else {
        boolean matrix = tensor.getValue().length == 2;
        byName.put(name, Parameter.of(scope, name, matrix, rows, columns, values));
      }
    }
    this.parameters = List.copyOf(byName.values());
    this.table = embedding;
  }

  private Network(Network other, Scope scope, int maxRows) {
    this.config = other.config;
    other.byName.forEach((name, parameter) -> byName.put(name, parameter.twin(scope)));
    this.parameters = List.copyOf(byName.values());
    this.table = other.table == null ? null : other.table.twin(scope, maxRows * TokenHashes.COUNT);
  }

  /**
   * The same weights with gradients of their own, so that another thread can take these.
   *
   * @param scope of the gradients
   * @param maxRows most packed rows of one backward run
   */
  public Network twin(Scope scope, int maxRows) {
    return new Network(this, scope, maxRows);
  }

  /**
   * Adds the gradients of a twin to those of this: one of that many parts, which threads may add at
   * the same time.
   */
  public void addGradients(Kernel kernel, Network twin, int part, int parts) {
    for (int i = 0; i < parameters.size(); i++) {
      Tensor from = twin.parameters.get(i).node().gradient();
      Tensor to = parameters.get(i).node().gradient();
      kernel.axpy(1, from.share(part, parts), to.share(part, parts));
    }
    if (table != null && part == 0) {
      table.addGradient(kernel, twin.table);
    }
  }

  /**
   * Checks that this version can run such a network.
   *
   * @throws InvalidModelException naming the key, the value and what is possible
   */
  public static void requireSupported(ModelConfig config) {
    if (config.lookahead() != 0) {
      throw new InvalidModelException(
          "lookahead is " + config.lookahead() + "; this version runs only 0");
    }
    if (config.isLanguageModel() && config.bidirectional()) {
      throw new InvalidModelException(
          "bidirectional is true; a language model must not read what it is to predict");
    }
  }

  /** Every weight but the embedding table, in the order of their names. */
  public List<Parameter> parameters() {
    return parameters;
  }

  /** Null where features are numbers. */
  public EmbeddingTable table() {
    return table;
  }

  /** Zeroes every gradient, before a backward run. */
  public void zeroGradients(Kernel kernel) {
    for (int i = 0; i < parameters.size(); i++) {
      kernel.fill(parameters.get(i).node().gradient(), 0);
    }
    if (table != null) {
      table.zeroGradient(kernel);
    }
  }

  /**
   * Records the network on a tape.
   *
   * @param seeds gives a seed for the dropout of each run that learns
   */
  public Unrolled unroll(Tape tape, Packing packing, LongSupplier seeds) {
    Rule.present("network", "packing", packing);
    Rule.present("network", "seeds", seeds);
    int rows = packing.rows();
    Node x;
    InputRows inputs;
    if (table == null) {
      x = tape.constant(rows, config.inputSize());
      inputs = new InputRows(config, rows, x.value());
    } else {
      inputs = new InputRows(config, rows, null);
      x = EmbeddingBag.of(tape, table, inputs.indices(), InputRows.offsets(rows));
    }
    List<Node> before = new ArrayList<>();
    for (int i = 0; i < config.numLayers() * Layers.parts(config); i++) {
      before.add(tape.constant(packing.sequences(), config.hiddenSize()));
    }
    Layers.Recorded layers = new Layers(config, this::node).record(tape, packing, x, before, seeds);
    Node y = classifies() ? ends(tape, packing, layers.y()) : layers.y();
    Node logits = Affine.of(tape, y, node("output.weight"), node("output.bias"));
    StateRows states = new StateRows(before.stream().map(Node::value).toList());
    return new Unrolled(inputs, states, new StateRows(layers.after()), logits, layers.hidden());
  }

  /** Whether a sequence has one label rather than one for each of its events. */
  public boolean classifies() {
    return config.isClassifier();
  }

  /** Where each direction has read a whole sequence: the last row, and in reverse the first. */
  private Node ends(Tape tape, Packing packing, Node y) {
    int hidden = config.hiddenSize();
    Node last = packing.last(tape, y.columns(0, hidden));
    Node first = y.rows(0, packing.sequences());
    return config.bidirectional()
        ? Concatenate.columns(tape, last, first.columns(hidden, hidden))
        : last;
  }

  /** A copy of all weights, by name, row-major. */
  public SortedMap<String, float[]> tensors() {
    SortedMap<String, float[]> tensors = new TreeMap<>();
    byName.forEach((name, parameter) -> tensors.put(name, parameter.node().value().get()));
    if (table != null) {
      tensors.put(table.name(), table.value().get());
    }
    return tensors;
  }

  private Node node(String name) {
    return byName.get(name).node();
  }
}
