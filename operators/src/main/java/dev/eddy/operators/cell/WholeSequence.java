package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Arrays;
import java.util.List;

/**
 * A network that only runs forward, over whole sequences: what a bidirectional network needs. The
 * caller runs the events that have an input, and reads a row of scores for each; of a classifier
 * one row for each sequence. No bit of it depends on which sequences run together.
 */
public final class WholeSequence implements AutoCloseable {
  private final Kernel kernel;
  private final Scope scope;
  private final Network network;
  private final Tape tape;

  /** Of the last run: the sequences packed, and where in the packing each of them is. */
  private int[] lengths;

  private int[] place;
  private Packing packing;
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
    tape.fixWeights();
  }

  /** Runs one sequence from its first event to its last, at least one, and back. */
  public void run(List<Event> events) {
    runAll(List.of(events));
  }

  /** Runs sequences, of at least one event each. */
  public void runAll(List<List<Event>> sequences) {
    int[] asked = sequences.stream().mapToInt(List::size).toArray();
    if (!Arrays.equals(asked, lengths)) {
      record(asked);
    }
    for (int i = 0; i < asked.length; i++) {
      for (int t = 0; t < asked[i]; t++) {
        unrolled.inputs().set(packing.row(t, place[i]), sequences.get(i).get(t));
      }
    }
    tape.forward();
    kernel.softmax(unrolled.logits().value(), probabilities);
    kernel.argmax(probabilities, labels);
  }

  private void record(int[] asked) {
    lengths = null;
    tape.reset();
    int[] order = Packing.longestFirst(asked);
    place = new int[order.length];
    for (int at = 0; at < order.length; at++) {
      place[order[at]] = at;
    }
    packing = new Packing(Arrays.stream(order).map(i -> asked[i]).toArray());
    unrolled = network.unroll(tape, packing, () -> 0);
    int rows = unrolled.logits().rows();
    probabilities = tape.scope().allocate(rows, unrolled.logits().columns());
    labels = new int[rows];
    lengths = asked;
  }

  /**
   * The row of scores of an event of a sequence of the last run; of a classifier of the sequence.
   */
  public int row(int sequence, int event) {
    return network.classifies() ? place[sequence] : packing.row(event, place[sequence]);
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
