package dev.eddy.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Produces the events of sequences in turn and awaits their tags. The tags of a sequence come in
 * its order, so a tag's place among them says which event it is of.
 */
final class KafkaPlay implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long PATIENCE_SECONDS = 120;

  private final String events;
  private final byte[][] names;
  private final String[] vectors;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /** Tags of each sequence that have come. */
  private final long[] tags;

  private long produced;

  KafkaPlay(String bootstrapServers, String events, String tagTopic, int keys) {
    this.events = events;
    this.names = new byte[keys][];
    this.tags = new long[keys];
    for (int key = 0; key < keys; key++) {
      names[key] = StreamEvents.name(key).getBytes(StandardCharsets.UTF_8);
    }
    this.vectors =
        Arrays.stream(StreamEvents.features()).map(Arrays::toString).toArray(String[]::new);
    this.producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 0),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers, "max.poll.records", 10_000),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    var partition = List.of(new TopicPartition(tagTopic, 0));
    consumer.assign(partition);
    consumer.seekToBeginning(partition);
  }

  /** Events a second over the second half of so many that are produced as fast as they go. */
  double flat(int count) throws Exception {
    long[] arrived = play(count, Double.POSITIVE_INFINITY)[1];
    Arrays.sort(arrived);
    return (count - 1 - count / 2) * 1e9 / (arrived[count - 1] - arrived[count / 2]);
  }

  /**
   * Latencies in milliseconds, sorted, of events that are produced at a rate; those of the first
   * fifth do not count. An event's begins when it is due, even where the producer is behind.
   */
  double[] paced(double rate, int count) throws Exception {
    long[][] times = play(count, rate);
    double[] latencies = new double[count - count / 5];
    for (int i = 0; i < latencies.length; i++) {
      int event = count / 5 + i;
      latencies[i] = (times[1][event] - times[0][event]) / 1e6;
    }
    Arrays.sort(latencies);
    return latencies;
  }

  /** When each event was due, and when its tag came. */
  private long[][] play(int count, double rate) throws Exception {
    long first = produced;
    long[] due = new long[count];
    long[] arrived = new long[count];
    CompletableFuture<Void> all = new CompletableFuture<>();
    Thread reader = new Thread(() -> read(first, arrived, all), "eddy-bench-tags");
    reader.start();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      due[i] = start + (long) (i * 1e9 / rate);
      for (long early = due[i] - System.nanoTime(); early > 0; ) {
        LockSupport.parkNanos(early);
        early = due[i] - System.nanoTime();
      }
      send();
    }
    producer.flush();
    try {
      all.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } finally {
      reader.interrupt();
      reader.join();
    }
    if (failure.get() != null) {
      throw new IOException("an event was not written", failure.get());
    }
    return new long[][] {due, arrived};
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback has what the future would say
  private void send() {
    byte[] name = names[(int) (produced % names.length)];
    String vector = vectors[(int) (produced % vectors.length)];
    produced++;
    byte[] value = ("{\"features\":" + vector + "}").getBytes(StandardCharsets.UTF_8);
    producer.send(
        new ProducerRecord<>(events, name, value),
        (metadata, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  private void read(long first, long[] arrived, CompletableFuture<Void> all) {
    try {
      int missing = arrived.length;
      while (missing > 0) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          String name = new String(record.key(), StandardCharsets.UTF_8);
          int key = Integer.parseInt(name.substring(name.indexOf('-') + 1));
          arrived[(int) (tags[key]++ * names.length + key - first)] = System.nanoTime();
          missing--;
        }
      }
      all.complete(null);
    } catch (RuntimeException e) {
      all.completeExceptionally(e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
    consumer.close();
  }
}
