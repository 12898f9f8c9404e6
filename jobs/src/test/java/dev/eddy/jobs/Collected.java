package dev.eddy.jobs;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** A sink that keeps what it gets in this JVM, under a name of its own. */
record Collected<T>(String name) implements Sink<T> {
  private static final ConcurrentHashMap<String, Queue<Object>> VALUES = new ConcurrentHashMap<>();
  private static final ConcurrentHashMap<String, CountDownLatch> ENDS = new ConcurrentHashMap<>();

  /** What came, in the order of arrival. */
  @SuppressWarnings("unchecked")
  List<T> values() {
    return (List<T>) List.copyOf(queue());
  }

  /** Whether event time passes the end of the input within a minute. */
  boolean seesTheEndOfTime() throws InterruptedException {
    return end().await(1, TimeUnit.MINUTES);
  }

  private Queue<Object> queue() {
    return VALUES.computeIfAbsent(name, none -> new ConcurrentLinkedQueue<>());
  }

  private CountDownLatch end() {
    return ENDS.computeIfAbsent(name, none -> new CountDownLatch(1));
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    return new SinkWriter<>() {
      @Override
      public void write(T value, Context at) {
        queue().add(value);
      }

      @Override
      public void writeWatermark(Watermark watermark) {
        if (watermark.getTimestamp() == Watermark.MAX_WATERMARK.getTimestamp()) {
          end().countDown();
        }
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
