package dev.eddy.operators.stream;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.util.function.SerializableFunction;

/**
 * Passes values on, and throws in the first attempt at the first value whose number is {@code at}
 * or greater: by then a checkpoint has completed, and values after it have come through.
 */
final class FailOnce<T> extends RichMapFunction<T, T> implements CheckpointListener {
  /** Of the last job: attempts, completed checkpoints and values after the last, at the failure. */
  private static final AtomicLong ATTEMPTS = new AtomicLong();

  private static final AtomicLong CHECKPOINTS = new AtomicLong();
  private static final AtomicLong VALUES_AFTER = new AtomicLong();

  private final SerializableFunction<T, Long> number;
  private final long at;

  private transient long checkpoints;
  private transient long valuesAfter;

  FailOnce(SerializableFunction<T, Long> number, long at) {
    this.number = number;
    this.at = at;
  }

  static void reset() {
    ATTEMPTS.set(0);
    CHECKPOINTS.set(0);
    VALUES_AFTER.set(0);
  }

  static boolean failedAfterACheckpointAndMore() {
    return ATTEMPTS.get() > 0 && CHECKPOINTS.get() > 0 && VALUES_AFTER.get() > 0;
  }

  @Override
  public void open(OpenContext context) {
    ATTEMPTS.accumulateAndGet(getRuntimeContext().getTaskInfo().getAttemptNumber(), Math::max);
  }

  @Override
  public T map(T value) {
    valuesAfter++;
    if (getRuntimeContext().getTaskInfo().getAttemptNumber() == 0 && number.apply(value) >= at) {
      CHECKPOINTS.set(checkpoints);
      VALUES_AFTER.set(valuesAfter);
      throw new IllegalStateException("induced failure");
    }
    return value;
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    checkpoints++;
    valuesAfter = 0;
  }
}
