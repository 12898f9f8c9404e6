package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.EmbeddingBag;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
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

/**
 * A model with gradients: input, stacked layers, affine output; unrolled over packed sequences on a
 * tape. The weights live in the caller's scope, what is unrolled lives on the tape.
 */
public final class Network {
  static final String EMBEDDING = "embedding.weight";

  /**
   * One unrolling of N rows.
   *
   * @param inputs to set before the tape runs
   * @param before to load before the tape runs, a row for each sequence
   * @param after to store from after the tape ran, a row for each packed row
   * @param logits {@code [N, labels]}
   */
  public record Unrolled(InputRows inputs, StateRows before, StateRows after, Node logits) {}

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
        byName.put(name, Parameter.of(scope, name, rows, columns, values));
      }
    }
    this.parameters = List.copyOf(byName.values());
    this.table = embedding;
  }

  /**
   * Checks that this version can run such a network.
   *
   * @throws InvalidModelException naming the key, the value and what is possible
   */
  public static void requireSupported(ModelConfig config) {
    require("bidirectional", config.bidirectional(), false);
    require("task", config.task(), "tagging");
    require("lookahead", config.lookahead(), 0);
  }

  private static void require(String key, Object value, Object supported) {
    if (!value.equals(supported)) {
      throw new InvalidModelException(
          key + " is " + value + "; this version runs only " + supported);
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

  /** Records the network on a tape. */
  public Unrolled unroll(Tape tape, Packing packing) {
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
    List<Tensor> before = new ArrayList<>();
    List<Tensor> after = new ArrayList<>();
    Cell cell = Cell.of(config.architecture());
    for (int layer = 0; layer < config.numLayers(); layer++) {
      Node h0 = tape.constant(packing.sequences(), config.hiddenSize());
      Node c0 = cell.hasC() ? tape.constant(packing.sequences(), config.hiddenSize()) : null;
      var direction = Recurrent.Direction.FORWARD;
      Recurrent recurrent = Recurrent.of(tape, cell, direction, packing, x, h0, c0, weights(layer));
      x = recurrent.h();
      before.add(h0.value());
      after.add(x.value());
      if (cell.hasC()) {
        before.add(c0.value());
        after.add(recurrent.c());
      }
    }
    Node logits = Affine.of(tape, x, node("output.weight"), node("output.bias"));
    return new Unrolled(inputs, new StateRows(before), new StateRows(after), logits);
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

  private Recurrent.Weights weights(int layer) {
    return new Recurrent.Weights(
        node("rnn.weight_ih_l" + layer),
        node("rnn.weight_hh_l" + layer),
        node("rnn.bias_ih_l" + layer),
        node("rnn.bias_hh_l" + layer));
  }

  private Node node(String name) {
    return byName.get(name).node();
  }
}
