package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.Received;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.clock.RelativeClock;
import org.junit.jupiter.api.Test;

class EventTimeTest {
  private final List<String> said = new ArrayList<>();
  private long now = 1_000;

  @Test
  void aPartitionWithoutEventsIsIdleUntilOneComes() {
    WatermarkGenerator<Received> partition = EventTime.ofEvents().createWatermarkGenerator(clock());
    partition.onEvent(at(60_000), 60_000, output());
    partition.onPeriodicEmit(output());
    assertEquals(List.of("54999"), said);
    said.clear();
    partition.onPeriodicEmit(output());
    now = 20_000;
    partition.onPeriodicEmit(output());
    assertEquals("idle", said.get(said.size() - 1));
    partition.onEvent(at(70_000), 70_000, output());
    partition.onPeriodicEmit(output());
    assertEquals("64999", said.get(said.size() - 1));
  }

  private static Received at(long time) {
    return new Received(new Event("a", "x", null, Event.NO_LABEL, time, false), null);
  }

  private WatermarkGeneratorSupplier.Context clock() {
    return new WatermarkGeneratorSupplier.Context() {
      @Override
      public MetricGroup getMetricGroup() {
        return new UnregisteredMetricsGroup();
      }

      @Override
      public RelativeClock getInputActivityClock() {
        return new RelativeClock() {
          @Override
          public long relativeTimeMillis() {
            return now;
          }

          @Override
          public long relativeTimeNanos() {
            return TimeUnit.MILLISECONDS.toNanos(now);
          }
        };
      }
    };
  }

  private WatermarkOutput output() {
    return new WatermarkOutput() {
      @Override
      public void emitWatermark(Watermark watermark) {
        said.add("" + watermark.getTimestamp());
      }

      @Override
      public void markIdle() {
        said.add("idle");
      }

      @Override
      public void markActive() {}
    };
  }
}
