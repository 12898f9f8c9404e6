package dev.eddy.jobs;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.kafka.DeadLetterSerializer;
import dev.eddy.serialization.kafka.DeadLetters;
import java.util.Properties;
import java.util.function.Function;
import java.util.zip.Deflater;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The Kafka sources and sinks of one job. What {@code eddy.kafka.*} says goes before what is here.
 */
final class KafkaEnds {
  /** What Kafka's producers take, bytes. */
  private static final long BUFFER_MEMORY = 32 << 20;

  private final Configuration configuration;
  private final Properties given = new Properties();
  private final String group;

  /**
   * @param group consumer group where the configuration names none
   */
  KafkaEnds(Configuration configuration, String group) {
    this.configuration = configuration;
    this.group = configuration.getOptional(EddyOptions.GROUP_ID).orElse(group);
    configuration
        .toMap()
        .forEach(
            (key, value) -> {
              if (key.startsWith(EddyOptions.KAFKA_PREFIX)) {
                given.setProperty(key.substring(EddyOptions.KAFKA_PREFIX.length()), value);
              }
            });
    if (!given.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
      throw new BadConfiguration(
          EddyOptions.BOOTSTRAP_SERVERS.key()
              + ": must be given, as in --kafka.bootstrap.servers"
              + " localhost:9092");
    }
  }

  /** What every client gets. */
  Properties clients() {
    var clients = new Properties();
    clients.putAll(given);
    return clients;
  }

  /** Committed records from where the consumer group stopped, or where the user says. */
  @SuppressWarnings("deprecation") // the connector has no other way to name the fallback
  <T> Source<T, ?, ?> events(
      ConfigOption<String> topic, KafkaRecordDeserializationSchema<T> format) {
    OffsetsInitializer start =
        switch (configuration.get(EddyOptions.START_FROM)) {
          case GROUP -> OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
          case EARLIEST -> OffsetsInitializer.earliest();
          case LATEST -> OffsetsInitializer.latest();
        };
    return source(topic, start, format);
  }

  /** All committed records, with nothing committed of how far they were read. */
  <T> Source<T, ?, ?> all(ConfigOption<String> topic, KafkaRecordDeserializationSchema<T> format) {
    return source(topic, OffsetsInitializer.earliest(), format);
  }

  private <T> Source<T, ?, ?> source(
      ConfigOption<String> topic,
      OffsetsInitializer start,
      KafkaRecordDeserializationSchema<T> format) {
    String name = configuration.get(topic);
    var consumer = new Properties();
    consumer.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    consumer.putAll(given);
    return KafkaSource.<T>builder()
        .setProperties(consumer)
        .setGroupId(group)
        .setClientIdPrefix(group + "-" + name)
        .setTopics(name)
        .setStartingOffsets(start)
        .setDeserializer(format)
        .build();
  }

  /**
   * Records in transactions, or at least once.
   *
   * @param format of the topic of that name
   * @param largest the largest record of the input topic, in bytes
   */
  <T> Sink<T> sink(
      ConfigOption<String> topic,
      Function<String, KafkaRecordSerializationSchema<T>> format,
      int largest) {
    return sink(topic, format, largest, new Properties());
  }

  /** Dead letters, compressed as {@link DeadLetters} counts on. */
  Sink<DeadLetter> deadLetters(int largest) {
    var compressed = new Properties();
    compressed.setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, DeadLetters.COMPRESSION);
    compressed.setProperty(
        ProducerConfig.COMPRESSION_GZIP_LEVEL_CONFIG,
        Integer.toString(Deflater.DEFAULT_COMPRESSION));
    return sink(
        EddyOptions.TOPIC_DEAD_LETTERS,
        DeadLetterSerializer::new,
        Math.max(largest, DeadLetters.LARGEST_WHOLE),
        compressed);
  }

  private <T> Sink<T> sink(
      ConfigOption<String> topic,
      Function<String, KafkaRecordSerializationSchema<T>> format,
      int largest,
      Properties fixed) {
    var producer = new Properties();
    producer.setProperty(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
        Long.toString(Streaming.TRANSACTION_TIMEOUT.toMillis()));
    producer.putAll(given);
    // not the user's: where they are smaller, a record that came in could not go out
    long most = (long) largest + Topics.HEADERS;
    producer.setProperty(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Long.toString(most));
    producer.setProperty(
        ProducerConfig.BUFFER_MEMORY_CONFIG, Long.toString(Math.max(BUFFER_MEMORY, 2 * most)));
    producer.putAll(fixed);
    return KafkaSink.<T>builder()
        .setKafkaProducerConfig(producer)
        .setRecordSerializer(format.apply(configuration.get(topic)))
        .setDeliveryGuarantee(configuration.get(EddyOptions.DELIVERY))
        // no sink's prefix may begin with that of another
        .setTransactionalIdPrefix(group + "/" + topic.key())
        // pooled names would leave an admin client behind in each writer
        .setTransactionNamingStrategy(TransactionNamingStrategy.INCREMENTING)
        .build();
  }
}
