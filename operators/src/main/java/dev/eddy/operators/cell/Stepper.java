package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network that only runs forward: one row per sequence, one {@link #step} per timestep. The
 * caller loads a state into a row, sets the inputs, steps, reads the scores and stores the state. A
 * step allocates nothing once its number of rows has been seen. A network that reads sequences from
 * their end too has no such steps: {@link WholeSequence} runs it.
 */
public final class Stepper implements AutoCloseable {
  /** Views of the first n rows, made once for each n. */
  private record Views(
      Tensor x,
      int[] offsets,
      Runnable layers,
      Tensor top,
      Tensor logits,
      Tensor probabilities,
      int[] labels) {}

  /** The layers as equations, of some rows. */
  private record Equations(Tape tape, Layers.Recorded layers) {}

  private final Kernel kernel;
  private final Scope scope;
  private final ModelConfig config;
  private final int maxBatch;
  private final InputRows inputs;
  private final StateRows states;
  private final Tensor x;
  private final Tensor table;
  private final Panels output;

  /** The fused layers; null where they run as equations. */
  private final Panels[] layers;

  /** Weights of the equations, and their tapes by the number of rows. */
  private final Map<String, Node> weights = new HashMap<>();

  private final Map<Integer, Equations> equations = new HashMap<>();
  private final List<Tensor> state = new ArrayList<>();
  private final Tensor[] sums;
  private final Tensor logits;
  private final Tensor probabilities;
  private final Views[] views;
  private Views last;

  /**
   * Takes the weights and warms the kernel up, so that the first event is not late.
   *
   * @param maxBatch most rows of a step
   * @throws InvalidModelException if the network cannot run step by step
   */
  public Stepper(Kernel kernel, ModelSnapshot model, int maxBatch) {
    Rule.present("step", "model", model);
    if (maxBatch < 1) {
      throw new IllegalArgumentException("step: at most " + maxBatch + " rows; must be at least 1");
    }
    Network.requireSupported(model.config());
    this.kernel = kernel;
    this.config = model.config();
    if (config.bidirectional()) {
      throw new InvalidModelException(
          "bidirectional is true; such a network does not run step by step");
    }
    this.maxBatch = maxBatch;
    this.scope = kernel.open();
    int hidden = config.hiddenSize();
    int labels = config.labels().size();
    int count = config.numLayers();
    this.x = scope.allocate(maxBatch, config.inputSize());
    this.inputs = new InputRows(config, maxBatch, x);
    this.layers = config.layers().layerNorm() ? null : new Panels[count];
    this.sums = new Tensor[count];
    for (int k = 0; k < count; k++) {
      for (int part = 0; part < Layers.parts(config); part++) {
        state.add(scope.allocate(maxBatch, hidden));
      }
      if (config.layers().residual() && k > 0) {
        sums[k] = scope.allocate(maxBatch, hidden);
      }
    }
    try (Scope loading = kernel.open()) {
      if (layers == null) {
        for (String name : config.shapes().keySet()) {
          if (name.startsWith("rnn.")) {
            weights.put(name, new Node(load(scope, model, name), null));
          }
        }
      } else {
        for (int k = 0; k < count; k++) {
          layers[k] = panels(loading, model, k);
        }
      }
      this.output = kernel.affinePanels(scope, hidden, labels);
      kernel.packAffine(
          load(loading, model, "output.weight"), load(loading, model, "output.bias"), output);
    }
    this.table = inputs.indices() == null ? null : load(scope, model, Network.EMBEDDING);
    this.states = new StateRows(state);
    this.logits = scope.allocate(maxBatch, labels);
    this.probabilities = scope.allocate(maxBatch, labels);
    this.views = new Views[maxBatch + 1];
    // a single row and every size of batch in turn
    WarmUp.once(
        "step %s %s %dx%dx%dx%d %s %s batch %d"
            .formatted(
                kernel.name(),
                config.architecture(),
                config.inputSize(),
                config.numLayers(),
                config.hiddenSize(),
                config.labels().size(),
                config.layers(),
                table == null ? "numeric" : "text",
                maxBatch),
        repeat -> repeat.accept(i -> step(i % 2 == 0 ? 1 : 1 + i / 2 % maxBatch)));
    for (int row = 0; row < maxBatch; row++) {
      load(row, null);
    }
  }

  private Panels panels(Scope loading, ModelSnapshot model, int k) {
    int inputs = k == 0 ? config.inputSize() : config.hiddenSize();
    Cell cell = Cell.of(config.architecture());
    Panels panels = kernel.cellPanels(scope, cell, inputs, config.hiddenSize());
    kernel.packCell(
        load(loading, model, "rnn.weight_ih_l" + k),
        load(loading, model, "rnn.weight_hh_l" + k),
        load(loading, model, "rnn.bias_ih_l" + k),
        load(loading, model, "rnn.bias_hh_l" + k),
        panels);
    return panels;
  }

  private static Tensor load(Scope scope, ModelSnapshot model, String name) {
    int[] shape = model.config().shapes().get(name);
    Tensor tensor = scope.allocate(Initialization.rows(shape), Initialization.columns(shape));
    tensor.set(model.tensors().get(name));
    return tensor;
  }

  /** Floats of one sequence's state. */
  public int stateSize() {
    return states.size();
  }

  /** Puts a state {@code [stateSize]} into a row; null is the zero state. */
  public void load(int row, float[] state) {
    states.load(row, state);
  }

  /** Gets the state of a row. */
  public void store(int row, float[] state) {
    states.store(row, state);
  }

  /** Sets the input of a row for the next step, from an event that has one. */
  public void input(int row, Event event) {
    inputs.set(row, event);
  }

  /** One timestep of rows {@code [0, rows)}. */
  public void step(int rows) {
    last = views(rows);
    if (table != null) {
      kernel.embeddingBag(table, inputs.indices(), last.offsets, last.x);
    }
    last.layers.run();
    kernel.affine(last.top, output, last.logits);
    kernel.softmax(last.logits, last.probabilities);
    kernel.argmax(last.probabilities, last.labels);
  }

  private Views views(int rows) {
    if (rows < 1 || rows > maxBatch) {
      throw new IllegalArgumentException("step: " + rows + " rows; must be 1 to " + maxBatch);
    }
    if (views[rows] == null) {
      views[rows] = layers == null ? composed(rows) : fused(rows);
    }
    return views[rows];
  }

  private Views views(int rows, Runnable run, Tensor top) {
    return new Views(
        x.rows(0, rows),
        InputRows.offsets(rows),
        run,
        top,
        logits.rows(0, rows),
        probabilities.rows(0, rows),
        new int[rows]);
  }

  private Views fused(int rows) {
    int count = layers.length;
    Tensor[] h = new Tensor[count];
    Tensor[] c = new Tensor[count];
    Tensor[] some = new Tensor[count];
    int parts = Layers.parts(config);
    for (int k = 0; k < count; k++) {
      h[k] = state.get(parts * k).rows(0, rows);
      c[k] = parts == 2 ? state.get(parts * k + 1).rows(0, rows) : null;
      some[k] = sums[k] == null ? null : sums[k].rows(0, rows);
    }
    var run = new FusedLayers(kernel, layers, x.rows(0, rows), h, c, some);
    return views(rows, run, run.top());
  }

  /**
   * On a tape for the next power of two, so that there are few: the rows beyond stay as they are.
   */
  private Views composed(int rows) {
    int power = Math.min(maxBatch, Math.max(1, Integer.highestOneBit(2 * rows - 1)));
    Equations all = equations.computeIfAbsent(power, this::record);
    List<Tensor> before = state.stream().map(part -> part.rows(0, rows)).toList();
    List<Tensor> after = all.layers.after().stream().map(part -> part.rows(0, rows)).toList();
    Runnable run =
        () -> {
          all.tape.forward();
          for (int i = 0; i < before.size(); i++) {
            kernel.copy(after.get(i), before.get(i));
          }
        };
    return views(rows, run, all.layers.y().value().rows(0, rows));
  }

  private Equations record(int rows) {
    Tape tape = new Tape(kernel);
    tape.learning(false);
    tape.fixWeights();
    int[] lengths = new int[rows];
    Arrays.fill(lengths, 1);
    List<Node> before = state.stream().map(part -> new Node(part.rows(0, rows), null)).toList();
    return new Equations(
        tape,
        new Layers(config, weights::get)
            .record(tape, new Packing(lengths), new Node(x.rows(0, rows), null), before, () -> 0));
  }

  /** The most probable label of a row after the last step, the first of equals. */
  public int label(int row) {
    return last.labels[row];
  }

  /** Softmax probabilities {@code [labels]} of a row after the last step. */
  public void scores(int row, float[] scores) {
    last.probabilities.getRow(row, scores, 0);
  }

  /** Frees the memory; may be called again. */
  @Override
  public void close() {
    equations.values().forEach(some -> some.tape.close());
    scope.close();
  }
}
