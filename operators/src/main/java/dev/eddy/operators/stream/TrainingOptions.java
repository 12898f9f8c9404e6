package dev.eddy.operators.stream;

import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.OnlineTrainer;
import java.io.Serializable;
import java.time.Duration;

/**
 * What a user chooses about training.
 *
 * @param window most events of a window, T
 * @param batch windows of a mini-batch, B
 * @param publishEvery labelled events between two published models
 * @param patience event time that a window waits for its mini-batch to fill
 * @param threads that share the windows of a mini-batch
 */
public record TrainingOptions(
    int window,
    int batch,
    Learning learning,
    long seed,
    long publishEvery,
    Duration patience,
    int threads)
    implements Serializable {
  /** Memory is taken for so many events of a mini-batch at once. */
  private static final int MOST_EVENTS = 1 << 18;

  public TrainingOptions {
    require(window >= 1, "training.window", window, "must be at least 1");
    require(batch >= 1, "training.batch", batch, "must be at least 1");
    require(
        (long) window * batch <= MOST_EVENTS,
        "training.window x training.batch",
        (long) window * batch,
        "must be at most " + MOST_EVENTS);
    require(publishEvery >= 1, "training.publish-every", publishEvery, "must be at least 1");
    require(
        !patience.isNegative(), "training.patience", patience.toMillis(), "must not be negative");
    require(threads >= 1, "training.threads", threads, "must be at least 1");
  }

  /** On one thread. */
  public TrainingOptions(
      int window, int batch, Learning learning, long seed, long publishEvery, Duration patience) {
    this(window, batch, learning, seed, publishEvery, patience, 1);
  }

  OnlineTrainer.Options trainer() {
    return new OnlineTrainer.Options(window, batch, learning, seed, threads);
  }

  private static void require(boolean holds, String option, Number value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(option + " is " + value + "; " + rule);
    }
  }
}
