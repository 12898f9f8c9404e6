package dev.eddy.operators.stream;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * When a bundle is to be flushed: {@code max-batch-delay} after its first event, and at once where
 * this comes that long or longer after the last bundle: where arrivals are that rare, waiting gains
 * nothing. At most one timer is under way; one that finds a younger bundle is set again.
 */
final class BundleTimer {
  private final ProcessingTimeService time;
  private final long delay;
  private final ThrowingRunnable<Exception> flush;

  /** Of the bundle's first event, and of the end of the last bundle. */
  private long begun;

  private long flushed;
  private boolean waiting;

  /** Null where no timer is under way. */
  private ScheduledFuture<?> timer;

  BundleTimer(ProcessingTimeService time, Duration delay, ThrowingRunnable<Exception> flush) {
    this.time = time;
    this.delay = delay.toMillis();
    this.flush = flush;
    this.flushed = now();
  }

  /** The first event of a bundle has come; true where it is to be flushed at once. */
  boolean begin() {
    begun = now();
    waiting = true;
    return begun - flushed >= delay;
  }

  /** Flushes when it is time. */
  void await() {
    if (timer == null) {
      timer = time.registerTimer(begun + delay, at -> rung());
    }
  }

  private void rung() throws Exception {
    timer = null;
    if (!waiting) {
      return;
    }
    if (now() - begun >= delay) {
      flush.run();
    } else {
      await();
    }
  }

  /** The bundle is flushed now: milliseconds since its first event. */
  long end() {
    flushed = now();
    waiting = false;
    return flushed - begun;
  }

  /** Milliseconds since the bundle's first event. */
  long waited() {
    return now() - begun;
  }

  private long now() {
    return time.getCurrentProcessingTime();
  }
}
