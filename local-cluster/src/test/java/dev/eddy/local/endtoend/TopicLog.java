package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.fail;

import dev.eddy.local.LocalKafka;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** One topic from its beginning, as one consumer sees it. */
final class TopicLog implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(50);

  private final String topic;
  private final String bootstrapServers;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<Row> rows = new ArrayList<>();

  private TopicLog(LocalKafka kafka, String topic, String isolation) {
    this.topic = topic;
    this.bootstrapServers = kafka.bootstrapServers();
    Map<String, Object> config =
        Map.of("bootstrap.servers", kafka.bootstrapServers(), "isolation.level", isolation);
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  /** What transactions have committed. */
  static TopicLog committed(LocalKafka kafka, String topic) {
    return new TopicLog(kafka, topic, "read_committed");
  }

  /** All that was ever written, aborted or not. */
  static TopicLog written(LocalKafka kafka, String topic) {
    return new TopicLog(kafka, topic, "read_uncommitted");
  }

  /** All rows so far, as soon as they are what is waited for. */
  List<Row> until(String what, Predicate<List<Row>> holds) {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!holds.test(rows)) {
      if (System.nanoTime() > end) {
        Object last = rows.isEmpty() ? "none" : rows.get(rows.size() - 1);
        fail(topic + ": no " + what + " in " + rows.size() + " rows; last: " + last);
      }
      poll();
    }
    return List.copyOf(rows);
  }

  /** All rows so far, as soon as there are so many. */
  List<Row> until(int count) {
    return until(count + " rows", found -> found.size() >= count);
  }

  /** All rows that can be seen now: what is committed ends where a transaction is open. */
  List<Row> visible() {
    return upTo(consumer.endOffsets(consumer.assignment()));
  }

  /**
   * All rows up to the end of what is written now, once every transaction before it has ended: a
   * broker answers a commit before it has written the marker that shows the rows.
   */
  List<Row> toTheEnd() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      return upTo(
          admin
              .listOffsets(
                  consumer.assignment().stream()
                      .collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest())))
              .all()
              .get()
              .entrySet()
              .stream()
              .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset())));
    }
  }

  private List<Row> upTo(Map<TopicPartition, Long> ends) {
    return until(
        "end " + ends,
        found ->
            ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue()));
  }

  private void poll() {
    consumer.poll(POLL).forEach(found -> rows.add(Row.of(found)));
  }

  @Override
  public void close() {
    consumer.close();
  }
}
