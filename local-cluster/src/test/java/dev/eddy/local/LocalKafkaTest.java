package dev.eddy.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** The broker is real: transactions, two at once, and nothing left behind. */
final class LocalKafkaTest {
  @Test
  void keepsWhatIsCommittedAndHidesWhatIsAborted() throws Exception {
    try (LocalKafka kafka = new LocalKafka()) {
      kafka.createTopic("words", 1, Map.of());
      Map<String, Object> config =
          Map.of("bootstrap.servers", kafka.bootstrapServers(), "transactional.id", "t");
      try (var producer =
          new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("words", "k", "aborted")).get();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("words", "k", "committed")).get();
        producer.commitTransaction();
      }
      Map<String, Object> reading =
          Map.of(
              "bootstrap.servers", kafka.bootstrapServers(), "isolation.level", "read_committed");
      try (var consumer =
          new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
        TopicPartition partition = new TopicPartition("words", 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        var records = consumer.poll(Duration.ofSeconds(20)).records(partition);
        assertEquals(List.of("committed"), records.stream().map(r -> r.value()).toList());
      }
    }
  }

  @Test
  void twoAtOnceAreStrangersAndLeaveNothingBehind() throws Exception {
    LocalKafka one = new LocalKafka();
    LocalKafka two = new LocalKafka();
    try (one;
        two) {
      assertNotEquals(one.bootstrapServers(), two.bootstrapServers());
      one.createTopic("t", 2, Map.of());
      two.createTopic("t", 3, Map.of());
      assertTrue(Files.exists(one.folder()));
    }
    assertFalse(Files.exists(one.folder()));
    assertFalse(Files.exists(two.folder()));
  }
}
