package dev.eddy.jobs;

import dev.eddy.operators.stream.Shapes;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.kafka.ModelRecordDeserializer;
import dev.eddy.serialization.model.ModelAssembly;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The model topic as it is before a job starts: one partition, committed records. */
final class PublishedModels {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedModels.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String topic;
  private final ModelSnapshot directory;

  PublishedModels(String topic, ModelSnapshot directory) {
    this.topic = topic;
    this.directory = directory;
  }

  /**
   * The model that a training job without a state of its own goes on from: the newest of its name
   * in the topic, since what it publishes must be newer to be taken up; the directory's where there
   * is none. Where the newest has other shapes than the directory's, the directory's weights under
   * the newest version. The dropout is the directory's.
   *
   * @param clients properties of Kafka's clients
   * @throws BadConfiguration where the topic cannot be read
   */
  ModelSnapshot newest(Properties clients) {
    var consumer = new Properties();
    consumer.putAll(clients);
    consumer.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    consumer.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    ModelSnapshot newest;
    try (var reader =
        new KafkaConsumer<>(consumer, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      newest = newest(reader);
    } catch (KafkaException e) {
      throw unreadable(e.getMessage());
    }
    return goingOnFrom(newest);
  }

  /** What is learned from where that is the newest. */
  ModelSnapshot goingOnFrom(ModelSnapshot newest) {
    if (newest.version() == directory.version()) {
      return directory;
    }
    String differences = Shapes.differences(newest.config(), directory.config());
    if (differences.isEmpty()) {
      LOG.info(
          "topic {}: without a checkpoint training goes on from version {} of model {}",
          topic,
          newest.version(),
          newest.name());
      return Shapes.withDropoutOf(directory.config(), newest);
    }
    LOG.warn(
        "topic {}: version {} of model {} differs from the model directory, from which training goes"
            + " on without a checkpoint: {}; another eddy.model.name keeps them apart",
        topic,
        newest.version(),
        newest.name(),
        differences);
    return new ModelSnapshot(
        directory.name(), newest.version(), -1, 0, directory.config(), directory.tensors());
  }

  private ModelSnapshot newest(KafkaConsumer<byte[], byte[]> reader) {
    var partition = new TopicPartition(topic, 0);
    reader.assign(List.of(partition));
    reader.seekToBeginning(List.of(partition));
    long end = reader.endOffsets(List.of(partition), PATIENCE).get(partition);
    var format = new ModelRecordDeserializer();
    var assembly = new ModelAssembly(directory.name(), directory.version());
    ModelSnapshot newest = directory;
    while (reader.position(partition, PATIENCE) < end) {
      long before = reader.position(partition, PATIENCE);
      List<ModelRecord> records = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : reader.poll(PATIENCE)) {
        format.deserialize(record, new ListCollector<>(records));
      }
      if (reader.position(partition, PATIENCE) == before) {
        throw unreadable("no answer within " + PATIENCE.toSeconds() + " s");
      }
      for (ModelRecord record : records) {
        ModelSnapshot model = assembly.accept(record).model();
        newest = model == null ? newest : model;
      }
    }
    return newest;
  }

  private BadConfiguration unreadable(String why) {
    return new BadConfiguration(EddyOptions.TOPIC_MODELS.key() + ": " + topic + ": " + why);
  }
}
