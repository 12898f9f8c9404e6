package dev.eddy.jobs;

import dev.eddy.serialization.Received;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;

/** How event time passes in the jobs. Nothing that they compute depends on it. */
final class EventTime {
  private static final Duration OUT_OF_ORDER = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofSeconds(10);

  private EventTime() {}

  /** Follows the events of each partition; one without events holds no other back. */
  static WatermarkStrategy<Received> ofEvents() {
    return WatermarkStrategy.<Received>forBoundedOutOfOrderness(OUT_OF_ORDER)
        .withTimestampAssigner(
            (received, recorded) ->
                received.event() == null
                    ? received.deadLetter().timestamp()
                    : received.event().time())
        .withIdleness(IDLE);
  }

  /** Models have no time: their stream is always idle, so it never holds the events back. */
  static <T> WatermarkStrategy<T> ofModels() {
    return WatermarkStrategy.forGenerator(
        context ->
            new WatermarkGenerator<>() {
              @Override
              public void onEvent(T model, long time, WatermarkOutput output) {}

              @Override
              public void onPeriodicEmit(WatermarkOutput output) {
                output.markIdle();
              }
            });
  }
}
