package dev.eddy.operators.training;

import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Collection;
import java.util.List;

/**
 * How well a model gives labelled events, or of a classifier labelled sequences, the labels that
 * they have. Events without a label step the state and are not counted.
 */
public final class Evaluation {
  /** By the label that is right, then by the label that was given. */
  private final long[][] confusion;

  private double loss;

  private Evaluation(int labels) {
    this.confusion = new long[labels][labels];
  }

  /** Runs a model over sequences, each from the zero state. */
  public static Evaluation of(
      Kernel kernel, ModelSnapshot model, Collection<List<Event>> sequences) {
    Evaluation evaluation = new Evaluation(model.config().labels().size());
    if (model.config().readsWholeSequences()) {
      try (WholeSequence network = new WholeSequence(kernel, model)) {
        boolean classifies = model.config().isClassifier();
        sequences.forEach(sequence -> evaluation.add(network, sequence, classifies));
      }
    } else {
      try (Stepper network = new Stepper(kernel, model, 1)) {
        sequences.forEach(sequence -> evaluation.add(network, sequence));
      }
    }
    return evaluation;
  }

  private void add(WholeSequence network, List<Event> sequence, boolean classifies) {
    List<Event> events = sequence.stream().filter(Event::hasInput).toList();
    if (events.isEmpty()) {
      return;
    }
    network.run(events);
    float[] scores = new float[confusion.length];
    if (classifies) {
      network.scores(0, scores);
      add(MiniBatch.labelOf(sequence), network.label(0), scores);
      return;
    }
    for (int t = 0; t < events.size(); t++) {
      network.scores(t, scores);
      add(events.get(t).label(), network.label(t), scores);
    }
  }

  private void add(Stepper network, List<Event> sequence) {
    float[] scores = new float[confusion.length];
    network.load(0, null);
    for (Event event : sequence) {
      if (event.hasInput()) {
        network.input(0, event);
        network.step(1);
        network.scores(0, scores);
        add(event.label(), network.label(0), scores);
      }
    }
  }

  private void add(int right, int given, float[] scores) {
    if (right >= 0) {
      confusion[right][given]++;
      loss -= Math.log(Math.max(scores[right], Float.MIN_NORMAL));
    }
  }

  /** What was counted. */
  public long count() {
    long count = 0;
    for (int label = 0; label < confusion.length; label++) {
      count += having(label);
    }
    return count;
  }

  /** The part that was given the right label; NaN where nothing was counted. */
  public double accuracy() {
    long right = 0;
    for (int label = 0; label < confusion.length; label++) {
      right += confusion[label][label];
    }
    return (double) right / count();
  }

  /** The mean of -log of the probability of the right label, nats. */
  public double crossEntropy() {
    return loss / count();
  }

  /** Between how many labels the model is in doubt: exp of the cross entropy. */
  public double perplexity() {
    return Math.exp(crossEntropy());
  }

  /** How many have a label. */
  public long having(int label) {
    long sum = 0;
    for (long given : confusion[label]) {
      sum += given;
    }
    return sum;
  }

  /** How many were given a label. */
  public long given(int label) {
    long sum = 0;
    for (long[] right : confusion) {
      sum += right[label];
    }
    return sum;
  }

  /** Of those that were given a label, the part that has it; NaN for none. */
  public double precision(int label) {
    return (double) confusion[label][label] / given(label);
  }

  /** Of those that have a label, the part that was given it; NaN for none. */
  public double recall(int label) {
    return (double) confusion[label][label] / having(label);
  }
}
