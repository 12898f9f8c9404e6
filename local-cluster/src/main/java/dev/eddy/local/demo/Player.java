package dev.eddy.local.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Plays a corpus into the topics: each event without its label to the events topic and, {@value
 * #LABEL_DELAY} events later, with its label to the labelled topic. It keeps to a rate, and waits
 * where a job is more than {@value #MOST_BEHIND} events behind.
 */
final class Player implements AutoCloseable {
  /** Events between an event and its label. */
  static final int LABEL_DELAY = 2_000;

  /** Events that the source of a job may be behind before the player waits for it. */
  static final int MOST_BEHIND = 5_000;

  /** Events that are due within one tick are played together. */
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(5);

  private static final long LOOK_EVERY = TimeUnit.MILLISECONDS.toNanos(100);

  private final ObjectMapper json = new ObjectMapper();
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Corpus corpus;
  private final Play play;
  private final int[] indices;
  private final long[] times;
  private volatile int position;
  private long waited;

  Player(String bootstrapServers, Corpus corpus, Play play) {
    this.corpus = corpus;
    this.play = play;
    indices = play.indices();
    times = new long[indices.length];
    Map<String, Object> config =
        Map.of("bootstrap.servers", bootstrapServers, "linger.ms", 5, "batch.size", 65_536);
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Plays all of it; returns when the broker has every record.
   *
   * @param rate events a second
   */
  void play(int rate, Backlog backlog)
      throws InterruptedException, ExecutionException, IOException {
    long start = System.nanoTime();
    long look = start;
    for (int i = 0; i < indices.length; i++) {
      long due = start + waited + (long) (i * 1e9 / rate);
      long early = due - System.nanoTime();
      if (early > TICK) {
        TimeUnit.NANOSECONDS.sleep(early);
      }
      if (System.nanoTime() >= look) {
        long before = System.nanoTime();
        backlog.awaitAtMost(MOST_BEHIND, i, Math.max(0, i - LABEL_DELAY));
        waited += System.nanoTime() - before;
        look = System.nanoTime() + LOOK_EVERY;
      }
      times[i] = System.currentTimeMillis();
      send(i, false);
      if (i >= LABEL_DELAY) {
        send(i - LABEL_DELAY, true);
      }
      position = i + 1;
    }
    for (int i = Math.max(0, indices.length - LABEL_DELAY); i < indices.length; i++) {
      send(i, true);
    }
    producer.flush();
    if (failure.get() != null) {
      throw new ExecutionException("a record could not be written", failure.get());
    }
  }

  /** Events played so far. */
  int position() {
    return position;
  }

  /** Time that was spent waiting for the jobs, nanoseconds. */
  long waited() {
    return waited;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the callback has what the future would say
  private void send(int i, boolean withLabel) {
    int document = play.documents()[i];
    Corpus.Document text = corpus.documents().get(document);
    ObjectNode event = json.createObjectNode();
    event.put("sequence", text.name());
    event.put("token", text.tokens().get(indices[i]));
    if (withLabel) {
      event.put("label", text.labels().get(indices[i]));
    }
    event.put("time", times[i]);
    if (indices[i] == play.lengths()[document] - 1) {
      event.put("end", true);
    }
    var record =
        new ProducerRecord<>(
            withLabel ? Topics.LABELLED : Topics.EVENTS,
            text.name().getBytes(StandardCharsets.UTF_8),
            bytes(event));
    record.headers().add(Topics.POSITION, ByteBuffer.allocate(Long.BYTES).putLong(i).array());
    producer.send(
        record,
        (metadata, e) -> {
          if (e != null) {
            failure.compareAndSet(null, e);
          }
        });
  }

  private byte[] bytes(ObjectNode event) {
    try {
      return json.writeValueAsBytes(event);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always JSON", e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
