package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import java.util.List;

/**
 * A network that only runs forward, over one whole sequence at a time: what a bidirectional network
 * needs. The caller runs the events that have an input, and reads a row of scores for each; a
 * classifier has one row.
 */
public final class WholeSequence implements AutoCloseable {
  private final Kernel kernel;
  private final Scope scope;
  private final Network network;
  private final Tape tape;
  private int length;
  private Network.Unrolled unrolled;
  private Tensor probabilities;
  private int[] labels;

  /** Takes the weights. */
  public WholeSequence(Kernel kernel, ModelSnapshot model) {
    this.kernel = kernel;
    this.scope = kernel.open();
    this.network = new Network(scope, model, 1);
    this.tape = new Tape(kernel);
    tape.learning(false);
  }

  /** Runs a sequence from its first event to its last, at least one, and back. */
  public void run(List<Event> events) {
    if (events.size() != length) {
      tape.reset();
      length = events.size();
      unrolled = network.unroll(tape, new Packing(length), () -> 0);
      int rows = unrolled.logits().rows();
      probabilities = tape.scope().allocate(rows, unrolled.logits().columns());
      labels = new int[rows];
    }
    for (int t = 0; t < length; t++) {
      unrolled.inputs().set(t, events.get(t));
    }
    tape.forward();
    kernel.softmax(unrolled.logits().value(), probabilities);
    kernel.argmax(probabilities, labels);
  }

  /** The most probable label of a row after the last run, the first of equals. */
  public int label(int row) {
    return labels[row];
  }

  /** Softmax probabilities {@code [labels]} of a row after the last run. */
  public void scores(int row, float[] scores) {
    probabilities.getRow(row, scores, 0);
  }

  /** Frees the memory; may be called again. */
  @Override
  public void close() {
    tape.close();
    scope.close();
  }
}
