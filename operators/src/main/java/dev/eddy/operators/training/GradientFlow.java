package dev.eddy.operators.training;

import dev.eddy.operators.cell.Network;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Collection;
import java.util.List;

/**
 * How far back a network learns: the norm of the gradient of the loss at the last event of a
 * sequence by the hidden state k events before, {@code |dL_T / dh_{T-k}|}, for each layer, as a
 * mean over sequences. Where it falls to nothing the gradient vanishes, and what happened then
 * cannot be learned; where it grows it explodes (Bengio, Simard and Frasconi 1994; row L18 of the
 * lectures). Of a bidirectional network this is the forward direction; the loss of a classifier is
 * that of the whole sequence.
 */
public final class GradientFlow {
  private final double[][] sums;
  private final long[] counts;

  private GradientFlow(int layers, int distances) {
    this.sums = new double[layers][distances];
    this.counts = new long[distances];
  }

  /**
   * Measures a model. The loss is the cross entropy of the label of the last event, of a classifier
   * that of the sequence, or where there is none of the label that the network gives.
   *
   * @param sequences the events of each, of which those with an input are stepped
   * @param farthest greatest distance, events
   */
  public static GradientFlow of(
      Kernel kernel, ModelSnapshot model, Collection<List<Event>> sequences, int farthest) {
    if (farthest < 1) {
      throw new IllegalArgumentException(
          "gradient flow: the greatest distance is " + farthest + "; must be at least 1");
    }
    GradientFlow flow = new GradientFlow(model.config().numLayers(), farthest + 1);
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      tape.learning(false);
      // a direction that reads from the end must see all of a sequence at once
      int window =
          model.config().bidirectional()
              ? sequences.stream().mapToInt(List::size).max().orElse(1)
              : farthest + 1;
      Network network = new Network(scope, model, window);
      for (List<Event> sequence : sequences) {
        List<Event> events = sequence.stream().filter(Event::hasInput).toList();
        if (!events.isEmpty()) {
          int last = events.get(events.size() - 1).label();
          int label = network.classifies() ? MiniBatch.labelOf(sequence) : last;
          flow.add(network, tape, events, window, label);
        }
      }
    }
    return flow;
  }

  /** In windows, the last one full or the only one, so that its state is what the stream has. */
  private void add(Network network, Tape tape, List<Event> events, int window, int label) {
    float[] state = null;
    int to = (events.size() - 1) % window + 1;
    for (int from = 0; from < events.size(); from = to, to += window) {
      tape.reset();
      List<Event> some = events.subList(from, to);
      Network.Unrolled unrolled = network.unroll(tape, new Packing(some.size()), () -> 0);
      unrolled.before().load(0, state);
      for (int t = 0; t < some.size(); t++) {
        unrolled.inputs().set(t, some.get(t));
      }
      if (to == events.size()) {
        addLast(network, tape, unrolled, some.size(), label);
        return;
      }
      tape.forward();
      state = new float[unrolled.after().size()];
      unrolled.after().store(some.size() - 1, state);
    }
  }

  private void addLast(
      Network network, Tape tape, Network.Unrolled unrolled, int events, int right) {
    Kernel kernel = tape.kernel();
    int rows = unrolled.logits().rows();
    Node last = unrolled.logits().rows(rows - 1, 1);
    int[] label = {right};
    if (label[0] < 0) {
      tape.forward();
      kernel.argmax(last.value(), label);
    }
    Node loss = CrossEntropy.of(tape, last, label);
    tape.forward();
    network.zeroGradients(kernel);
    tape.zeroGradients();
    kernel.fill(loss.gradient(), 1);
    tape.backward();
    for (int distance = 0; distance < Math.min(events, counts.length); distance++) {
      counts[distance]++;
      for (int layer = 0; layer < sums.length; layer++) {
        Node h = unrolled.hidden().get(layer).get(events - 1 - distance);
        sums[layer][distance] += Math.sqrt(kernel.sumOfSquares(h.gradient()));
      }
    }
  }

  public int layers() {
    return sums.length;
  }

  /** Distances that some sequence is long enough for: 0 to this, without it. */
  public int distances() {
    int distances = 0;
    while (distances < counts.length && counts[distances] > 0) {
      distances++;
    }
    return distances;
  }

  /** Sequences that are long enough for a distance. */
  public long sequences(int distance) {
    return counts[distance];
  }

  /** The mean norm. */
  public double norm(int layer, int distance) {
    return sums[layer][distance] / counts[distance];
  }
}
