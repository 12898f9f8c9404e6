package dev.eddy.operators.training;

import dev.eddy.operators.cell.Network;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.Event;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A mini-batch of one shape, unrolled on a tape: windows are lanes, longest first, and no row is
 * wasted. Recorded when the lengths change, filled and run any number of times.
 */
final class MiniBatch {
  private final Tape tape;
  private final int[] lengths;
  private final Packing packing;
  private final boolean classifies;
  private final Network.Unrolled unrolled;
  private final int[] labels;
  private final int[] predicted;
  private final Node losses;

  /** The losses as one row, and where they are read. */
  private final Tensor lossRow;

  private final float[] loss;

  /**
   * Records the network and the loss for lanes of the given lengths, longest first.
   *
   * @param seeds of the dropout
   */
  MiniBatch(Tape tape, Network network, int[] lengths, LongSupplier seeds) {
    tape.reset();
    this.tape = tape;
    this.lengths = lengths.clone();
    this.packing = new Packing(lengths);
    this.classifies = network.classifies();
    this.unrolled = network.unroll(tape, packing, seeds);
    this.labels = new int[unrolled.logits().rows()];
    this.predicted = new int[labels.length];
    this.losses = CrossEntropy.of(tape, unrolled.logits(), labels);
    this.lossRow = losses.value().reshape(1, labels.length);
    this.loss = new float[labels.length];
  }

  boolean fits(int[] otherLengths) {
    return Arrays.equals(lengths, otherLengths);
  }

  /** Sets the events of a lane and the state it begins with, null for the zero state. */
  void fill(int lane, List<Event> events, float[] state) {
    unrolled.before().load(lane, state);
    for (int t = 0; t < lengths[lane]; t++) {
      int row = packing.row(t, lane);
      unrolled.inputs().set(row, events.get(t));
      if (!classifies) {
        labels[row] = events.get(t).label();
      }
    }
  }

  /** The label of a sequence: of a bare end, or else of the last event; negative for none. */
  static int labelOf(List<Event> events) {
    int label = Event.NO_LABEL;
    for (Event event : events) {
      label = event.hasInput() || event.label() >= 0 ? event.label() : label;
    }
    return label;
  }

  /** Sets the label of a lane's sequence, for a classifier; negative for none. */
  void label(int lane, int label) {
    labels[lane] = label;
  }

  void forward() {
    tape.forward();
    tape.kernel().argmax(unrolled.logits().value(), predicted);
  }

  /** Gradients of the mean loss of what is labelled, added to those of the network. */
  void backward() {
    backward(scored());
  }

  /** Gradients of the sum of the losses over {@code scored}, added to those of the network. */
  void backward(int scored) {
    tape.zeroGradients();
    tape.kernel().fill(losses.gradient(), 1f / scored);
    tape.backward();
  }

  /** Labelled events, or of a classifier labelled sequences. */
  int scored() {
    int n = 0;
    for (int label : labels) {
      n += label < 0 ? 0 : 1;
    }
    return n;
  }

  /** Those of them that were predicted right. */
  int correct() {
    int n = 0;
    for (int row = 0; row < labels.length; row++) {
      n += labels[row] >= 0 && labels[row] == predicted[row] ? 1 : 0;
    }
    return n;
  }

  /** Sum of the losses, nats. */
  double loss() {
    lossRow.getRow(0, loss, 0);
    double sum = 0;
    for (float each : loss) {
      sum += each;
    }
    return sum;
  }

  /** The logits {@code [length, labels]} of a lane, or of a classifier {@code [labels]}. */
  float[] logits(int lane) {
    int columns = unrolled.logits().columns();
    if (classifies) {
      return unrolled.logits().value().rows(lane, 1).get();
    }
    float[] logits = new float[lengths[lane] * columns];
    for (int t = 0; t < lengths[lane]; t++) {
      unrolled.logits().value().getRow(packing.row(t, lane), logits, t * columns);
    }
    return logits;
  }

  /** The state after the last event of a lane. */
  float[] stateAfter(int lane) {
    float[] state = new float[unrolled.after().size()];
    unrolled.after().store(packing.row(lengths[lane] - 1, lane), state);
    return state;
  }
}
