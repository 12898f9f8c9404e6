package dev.eddy.operators.stream;

import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.OnlineTrainer;
import dev.eddy.serialization.ModelConfig;
import java.io.Serializable;
import java.time.Duration;

/**
 * What a user chooses about training.
 *
 * @param window events of a window, T
 * @param batch windows of a mini-batch, B
 * @param publishEvery labelled events between two published models
 * @param patience event time that a window waits for its mini-batch to fill
 * @param threads that share the windows of a mini-batch
 * @param maxSequenceEvents events after which a sequence is cut, as it is in tagging, where the
 *     network has to see all of it: bidirectional, or a classifier
 */
public record TrainingOptions(
    int window,
    int batch,
    Learning learning,
    long seed,
    long publishEvery,
    Duration patience,
    int threads,
    int maxSequenceEvents)
    implements Serializable {
  /** Memory is taken for so many events of a mini-batch at once. */
  private static final int MOST_EVENTS = 1 << 18;

  public TrainingOptions {
    require(window >= 1, "training.window", window, "must be at least 1");
    require(batch >= 1, "training.batch", batch, "must be at least 1");
    require(publishEvery >= 1, "training.publish-every", publishEvery, "must be at least 1");
    require(
        !patience.isNegative(), "training.patience", patience.toMillis(), "must not be negative");
    require(threads >= 1, "training.threads", threads, "must be at least 1");
    require(maxSequenceEvents >= 1, "max-sequence-events", maxSequenceEvents, "must be at least 1");
  }

  /** On one thread, with the whole of sequences of up to 10,000 events. */
  public TrainingOptions(
      int window, int batch, Learning learning, long seed, long publishEvery, Duration patience) {
    this(window, batch, learning, seed, publishEvery, patience, 1, 10_000);
  }

  /**
   * Checks that the windows of a model fit in a mini-batch.
   *
   * @throws IllegalArgumentException naming the options
   */
  public void requireFit(ModelConfig config) {
    boolean whole = config.bidirectional() || config.isClassifier();
    String longest =
        whole && most(config) == maxSequenceEvents
            ? "max-sequence-events"
            : whole ? "(2 x training.window - 1)" : "training.window";
    String windows = longest + " x training.batch of this network";
    long events = (long) most(config) * batch;
    require(events <= MOST_EVENTS, windows, events, "must be at most " + MOST_EVENTS);
  }

  /** Events after which a window leaves its sequence. */
  int length(ModelConfig config) {
    if (config.bidirectional()) {
      return maxSequenceEvents;
    }
    return config.isClassifier() ? Math.min(window, maxSequenceEvents) : window;
  }

  /** Most events of a window: that with which a sequence of a classifier ends may be longer. */
  private int most(ModelConfig config) {
    boolean waits = config.isClassifier() && !config.bidirectional();
    return waits ? Math.min(2 * window - 1, maxSequenceEvents) : length(config);
  }

  OnlineTrainer.Options trainer(ModelConfig config) {
    return new OnlineTrainer.Options(most(config), batch, learning, seed, threads);
  }

  private static void require(boolean holds, String option, Number value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(option + " is " + value + "; " + rule);
    }
  }
}
