package dev.eddy.operators.cell;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.CellStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * A network that only runs forward: one row per sequence, one {@link #step} per timestep. The
 * caller loads a state into a row, sets the inputs, steps, reads the scores and stores the state. A
 * step allocates nothing once its number of rows has been seen.
 */
public final class Stepper implements AutoCloseable {
  /** Views of the first n rows, made once for each n. */
  private record Views(
      Tensor x,
      int[] offsets,
      CellStep[] steps,
      Tensor logits,
      Tensor probabilities,
      int[] labels) {}

  private final Kernel kernel;
  private final Scope scope;
  private final ModelConfig config;
  private final int maxBatch;
  private final InputRows inputs;
  private final StateRows states;
  private final Tensor x;
  private final Tensor table;
  private final Cell cell;
  private final Panels[] layers;
  private final Panels output;
  private final List<Tensor> state = new ArrayList<>();
  private final Tensor logits;
  private final Tensor probabilities;
  private final Views[] views;
  private Views last;

  /**
   * Takes the weights and warms the kernel up, so that the first event is not late.
   *
   * @param maxBatch most rows of a step
   */
  public Stepper(Kernel kernel, ModelSnapshot model, int maxBatch) {
    Network.requireSupported(model.config());
    this.kernel = kernel;
    this.config = model.config();
    this.maxBatch = maxBatch;
    this.cell = Cell.of(config.architecture());
    this.scope = kernel.open();
    int hidden = config.hiddenSize();
    int labels = config.labels().size();
    this.x = scope.allocate(maxBatch, config.inputSize());
    this.inputs = new InputRows(config, maxBatch, x);
    this.layers = new Panels[config.numLayers()];
    try (Scope loading = kernel.open()) {
      for (int k = 0; k < layers.length; k++) {
        layers[k] = kernel.cellPanels(scope, cell, k == 0 ? config.inputSize() : hidden, hidden);
        kernel.packCell(
            load(loading, model, "rnn.weight_ih_l" + k),
            load(loading, model, "rnn.weight_hh_l" + k),
            load(loading, model, "rnn.bias_ih_l" + k),
            load(loading, model, "rnn.bias_hh_l" + k),
            layers[k]);
        for (int part = 0; part < parts(); part++) {
          state.add(scope.allocate(maxBatch, hidden));
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
        "step %s %s %dx%dx%d batch %d"
            .formatted(
                kernel.name(),
                config.architecture(),
                config.inputSize(),
                config.hiddenSize(),
                config.labels().size(),
                maxBatch),
        i -> step(i % 2 == 0 ? 1 : 1 + i / 2 % maxBatch));
    for (int row = 0; row < maxBatch; row++) {
      load(row, null);
    }
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
    for (int k = 0; k < layers.length; k++) {
      kernel.step(last.steps[k], layers[k]);
    }
    kernel.affine(last.steps[layers.length - 1].hNext(), output, last.logits);
    kernel.softmax(last.logits, last.probabilities);
    kernel.argmax(last.probabilities, last.labels);
  }

  /** Tensors of one layer's state. */
  private int parts() {
    return cell.hasC() ? 2 : 1;
  }

  private Views views(int rows) {
    if (rows < 1 || rows > maxBatch) {
      throw new IllegalArgumentException("step: " + rows + " rows; must be 1 to " + maxBatch);
    }
    if (views[rows] == null) {
      CellStep[] steps = new CellStep[layers.length];
      Tensor below = x.rows(0, rows);
      for (int k = 0; k < layers.length; k++) {
        Tensor h = state.get(parts() * k).rows(0, rows);
        Tensor c = cell.hasC() ? state.get(parts() * k + 1).rows(0, rows) : null;
        steps[k] = new CellStep(below, h, c, null, h, c);
        below = h;
      }
      views[rows] =
          new Views(
              x.rows(0, rows),
              InputRows.offsets(rows),
              steps,
              logits.rows(0, rows),
              probabilities.rows(0, rows),
              new int[rows]);
    }
    return views[rows];
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
    scope.close();
  }
}
