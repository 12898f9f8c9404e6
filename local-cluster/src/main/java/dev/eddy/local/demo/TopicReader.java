package dev.eddy.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what is committed in the topics, from their beginning, into a {@link Tally}. */
final class TopicReader implements AutoCloseable {
  private static final List<String> TOPICS =
      List.of(Topics.LABELLED, Topics.TAGS, Topics.SCORES, Topics.DEAD_LETTERS);
  private static final Duration WAIT = Duration.ofMillis(100);

  private final ObjectMapper json = new ObjectMapper();
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Admin admin;
  private final Tally tally;
  private final Thread thread;
  private final CompletableFuture<Long> ended = new CompletableFuture<>();
  private volatile boolean toTheEnd;
  private volatile boolean closed;

  TopicReader(String bootstrapServers, Tally tally) {
    this.tally = tally;
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            bootstrapServers,
            "isolation.level",
            "read_committed",
            "max.poll.records",
            5_000);
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
    thread = new Thread(this::run, "eddy-topic-reader");
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * Waits until all is read that is committed now.
   *
   * @return records in the events topic
   */
  long readToTheEnd(Duration atMost)
      throws InterruptedException, ExecutionException, TimeoutException {
    toTheEnd = true;
    return ended.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void run() {
    try (consumer;
        admin) {
      List<TopicPartition> partitions = TOPICS.stream().flatMap(this::partitions).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!closed) {
        boolean last = toTheEnd;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(WAIT)) {
          add(record);
        }
        if (last && hasReadAll(partitions)) {
          ended.complete(count(Topics.EVENTS));
          return;
        }
      }
    } catch (RuntimeException e) {
      ended.completeExceptionally(e);
    }
  }

  /**
   * Up to the end of what is written, not only of what is committed: a broker answers a commit
   * before it has written the marker that shows the rows.
   */
  private boolean hasReadAll(List<TopicPartition> partitions) {
    try {
      return admin
          .listOffsets(
              partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest())))
          .all()
          .get()
          .entrySet()
          .stream()
          .allMatch(end -> consumer.position(end.getKey()) >= end.getValue().offset());
    } catch (ExecutionException e) {
      throw new IllegalStateException("topics: cannot ask for their ends", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("topics: interrupted while asking for their ends", e);
    }
  }

  private long count(String topic) {
    List<TopicPartition> partitions = partitions(topic).toList();
    long end = consumer.endOffsets(partitions).values().stream().mapToLong(o -> o).sum();
    long beginning =
        consumer.beginningOffsets(partitions).values().stream().mapToLong(o -> o).sum();
    return end - beginning;
  }

  private Stream<TopicPartition> partitions(String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(p -> new TopicPartition(topic, p.partition()));
  }

  private void add(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(Topics.DEAD_LETTERS)) {
      tally.deadLetter();
      return;
    }
    try {
      JsonNode row = json.readTree(record.value());
      if (record.topic().equals(Topics.TAGS)) {
        tally.tag(
            row.required("sequence").textValue(),
            row.required("index").longValue(),
            row.required("tag").textValue(),
            row.required("model_version").longValue(),
            record.timestamp());
      } else if (record.topic().equals(Topics.SCORES)) {
        tally.score(
            row.required("events").intValue(),
            row.required("correct").intValue(),
            row.required("total_events").longValue(),
            row.required("loss").doubleValue(),
            row.required("model_version").longValue());
      } else {
        tally.labelled(
            row.required("sequence").textValue(),
            ByteBuffer.wrap(record.headers().lastHeader(Topics.POSITION).value()).getLong(),
            row.required("token").textValue(),
            row.required("label").textValue(),
            row.required("time").longValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
