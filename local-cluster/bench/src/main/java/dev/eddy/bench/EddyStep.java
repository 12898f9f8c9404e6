package dev.eddy.bench;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.CellStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The forward step: what a subtask runs for a wave of events, up to the logits. With two threads
 * each steps its half of the rows, as two subtasks would, and both wait for each other after every
 * step; a single row has one thread.
 */
final class EddyStep implements Contestant.Run {
  /** Some of the rows, with weights of their own, since panels hold a step's scratch. */
  private static final class Rows implements Runnable, AutoCloseable {
    private final Kernel kernel;
    private final Scope scope;
    private final int first;
    private final Tensor x;
    private final Tensor logits;
    private final CellStep[] steps;
    private final Panels[] panels;
    private final Panels output;

    Rows(Kernel kernel, Case of, Parameters parameters, int first, int count) {
      this.kernel = kernel;
      this.scope = kernel.open();
      this.first = first;
      this.x = scope.allocate(count, of.d());
      this.logits = scope.allocate(count, of.labels());
      this.steps = new CellStep[of.layers()];
      this.panels = new Panels[of.layers()];
      this.output = kernel.affinePanels(scope, of.h(), of.labels());
      try (Scope loading = kernel.open()) {
        Tensor below = x;
        for (int k = 0; k < steps.length; k++) {
          Tensor h = scope.allocate(count, of.h());
          Tensor c = of.lstm() ? scope.allocate(count, of.h()) : null;
          steps[k] = new CellStep(below, h, c, null, h, c);
          panels[k] = kernel.cellPanels(scope, Cell.of(of.cell()), of.inputs(k), of.h());
          Parameters.Layer layer = parameters.layers().get(k);
          int rows = of.blocks() * of.h();
          kernel.packCell(
              load(loading, rows, layer.weightIh()),
              load(loading, rows, layer.weightHh()),
              load(loading, 1, layer.biasIh()),
              load(loading, 1, layer.biasHh()),
              panels[k]);
          below = h;
        }
        kernel.packAffine(
            load(loading, of.labels(), parameters.output()),
            load(loading, 1, parameters.outputBias()),
            output);
      }
    }

    @Override
    public void run() {
      for (int k = 0; k < steps.length; k++) {
        kernel.step(steps[k], panels[k]);
      }
      kernel.affine(steps[steps.length - 1].hNext(), output, logits);
    }

    @Override
    public void close() {
      scope.close();
    }
  }

  private final Case of;
  private final List<Rows> halves = new ArrayList<>();
  private final Pieces pieces;

  EddyStep(Kernel kernel, Case of) {
    this.of = of;
    Parameters parameters = Parameters.of(of);
    int threads = of.eddyThreads();
    int rows = of.batch() / threads;
    for (int i = 0; i < threads; i++) {
      int count = i == threads - 1 ? of.batch() - i * rows : rows;
      halves.add(new Rows(kernel, of, parameters, i * rows, count));
    }
    this.pieces = new Pieces(halves);
  }

  /** A tensor of that many rows. */
  static Tensor load(Scope scope, int rows, float[] values) {
    Tensor tensor = scope.allocate(rows, values.length / rows);
    tensor.set(values);
    return tensor;
  }

  @Override
  public float[] outputs() {
    float[] outputs = new float[Parameters.COMPARED * of.batch() * of.labels()];
    for (int t = 0; t < Parameters.COMPARED; t++) {
      float[] x = Parameters.x(of, t);
      for (Rows half : halves) {
        for (int row = 0; row < half.x.rows(); row++) {
          half.x.setRow(row, x, (half.first + row) * of.d());
        }
      }
      run();
      for (Rows half : halves) {
        for (int row = 0; row < half.x.rows(); row++) {
          half.logits.getRow(row, outputs, (t * of.batch() + half.first + row) * of.labels());
        }
      }
    }
    return outputs;
  }

  @Override
  public void run() {
    pieces.run();
  }

  @Override
  public List<Thread> threads() {
    return pieces.threads();
  }

  @Override
  public void close() {
    pieces.close();
    halves.forEach(Rows::close);
  }
}
