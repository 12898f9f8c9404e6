package dev.eddy.operators.stream;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.metrics.TimerGauge;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * When a bundle is to be flushed: when the task has no more input to read; at the latest {@code
 * max-batch-delay} after its first event. At most one timer is under way; one that finds a younger
 * bundle is set again.
 */
final class BundleTimer implements TimerGauge.StartStopListener, AutoCloseable {
  private final TimerGauge idleTime;
  private final MailboxExecutor mailbox;
  private final ProcessingTimeService time;
  private final long delay;
  private final ThrowingRunnable<Exception> flush;

  /** Of the bundle's first event. */
  private long begun;

  private boolean waiting;

  /** Null where no timer is under way. */
  private ScheduledFuture<?> timer;

  /** Begins to watch the task of an operator. */
  BundleTimer(
      AbstractStreamOperator<?> operator, Duration delay, ThrowingRunnable<Exception> flush) {
    StreamTask<?, ?> task = operator.getContainingTask();
    int priority = operator.getOperatorConfig().getChainIndex();
    this.idleTime =
        task.getEnvironment().getMetricGroup().getIOMetricGroup().getIdleTimeMsPerSecond();
    this.mailbox = task.getMailboxExecutorFactory().createExecutor(priority);
    this.time = operator.getProcessingTimeService();
    this.delay = delay.toMillis();
    this.flush = flush;
    idleTime.registerListener(this);
  }

  /** The task, by its own thread, when it has read all the input there is. */
  @Override
  public void markStart() {
    if (waiting) {
      mailbox.execute(flush, "flush a bundle, as there is no more input");
    }
  }

  @Override
  public void markEnd() {}

  /** The first event of a bundle has come; true where it is to be flushed at once. */
  boolean begin() {
    begun = now();
    waiting = true;
    return delay == 0;
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
    waiting = false;
    return waited();
  }

  /** Milliseconds since the bundle's first event. */
  long waited() {
    return now() - begun;
  }

  private long now() {
    return time.getCurrentProcessingTime();
  }

  @Override
  public void close() {
    idleTime.unregisterListener(this);
  }
}
