package dev.eddy.operators.lectures;

import static dev.eddy.operators.graph.Recurrent.Direction.FORWARD;

import dev.eddy.operators.cell.Initial;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.Map;
import java.util.Random;

/**
 * A task that needs a memory, unrolled once: fresh examples are drawn for every step, and others to
 * judge by. Each cell begins as suits it: the units of an LSTM and a GRU remember for times spread
 * over the length of the task (Tallec and Ollivier 2018), and the matrix of a vanilla RNN keeps
 * lengths (orthogonal, Saxe et al. 2014).
 */
abstract class MemoryTask implements AutoCloseable {
  final Weights weights;
  final Tape tape = new Tape(Kernels.best());
  final Random random;
  private final int looks;
  private final Learner learner;

  /**
   * Solved where it was found so at that many looks on end: one where a mean is to be small, some
   * where not one error is allowed, so that learning does not stop at a lucky one.
   */
  MemoryTask(long seed, int looks) {
    this.looks = looks;
    weights = new Weights(Kernels.best(), seed);
    random = new Random(seed);
    learner = new Learner(weights, Adam.standard()).clipNorm(1);
  }

  /** Every state of the task's one layer. */
  final Node recurrent(Cell cell, Packing packing, Node x, int hidden) {
    if (cell.blocks() == 1) {
      weights.get("rnn.weight_hh", hidden, hidden, Initial.ORTHOGONAL);
    }
    Node h = weights.recurrent(tape, "rnn", cell, FORWARD, packing, x, null, hidden).h();
    if (cell.blocks() > 1) {
      float[] bias = new float[cell.blocks() * hidden];
      for (int j = 0; j < hidden; j++) {
        float keep = (float) Math.log(1 + random.nextInt(packing.steps()));
        bias[hidden + j] = keep; // an LSTM's f, a GRU's z
        bias[j] = cell == Cell.LSTM ? -keep : 0; // its i
      }
      weights.set(Map.of("rnn.bias_ih", bias));
    }
    return h;
  }

  /** {@code [n, 1]}, of the examples that were drawn. */
  abstract Node losses();

  /** Examples to learn from. */
  abstract void draw();

  /** Judged on examples that are not learned from. */
  abstract boolean solved();

  /** Learns until the task is solved, looking every 100 steps: how many it took, or -1. */
  final int learn(double rate, int most) {
    int solved = 0;
    for (int step = 1; step <= most; step++) {
      draw();
      learner.step(tape, losses(), rate);
      if (step % 100 == 0) {
        solved = solved() ? solved + 1 : 0;
        if (solved == looks) {
          return step;
        }
      }
    }
    return -1;
  }

  /** The mean loss of ten batches that are not learned from. */
  final double loss() {
    double sum = 0;
    for (int i = 0; i < 10; i++) {
      draw();
      sum += Learner.loss(tape, losses());
    }
    return sum / 10;
  }

  @Override
  public void close() {
    tape.close();
    weights.close();
  }
}
