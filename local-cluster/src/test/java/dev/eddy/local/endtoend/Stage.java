package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.local.LocalKafka;
import dev.eddy.operators.cell.Initialization;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What the runs of one test share: input topics, model version 0, options. Every run writes to
 * topics of its own, so that runs can be compared.
 */
final class Stage {
  /** Of the input topics, bytes. */
  static final int INPUT_LIMIT = 2 << 20;

  private static final int DEAD_LETTER_LIMIT = INPUT_LIMIT + (64 << 10);

  /** Long, because each test takes its checkpoints itself; shorter than a transaction lives. */
  private static final Duration CHECKPOINTS = Duration.ofMinutes(10);

  private static final long SEED = 17;

  private final LocalKafka kafka;
  private final String name;
  private final Path folder;
  private final ModelSnapshot model;

  /**
   * @param name begins the names of its topics
   * @param partitions of the input topics
   * @param folder for the model directory and for savepoints
   */
  Stage(LocalKafka kafka, String name, int partitions, ModelConfig config, Path folder)
      throws Exception {
    this.kafka = kafka;
    this.name = name;
    this.folder = folder;
    this.model = Initialization.fresh("default", config, SEED);
    ModelDirectory.write(model, folder.resolve("model"), true);
    Map<String, String> large = Map.of("max.message.bytes", "" + INPUT_LIMIT);
    kafka.createTopic(events(), partitions, large);
    kafka.createTopic(labelled(), partitions, large);
  }

  /** A small tagger of numbers with two layers. */
  static ModelConfig numbers() {
    return new ModelConfig(
        "lstm", Sequences.FEATURES, 16, 2, false, "tagging", Sequences.LABELS, null, 0);
  }

  /** A tagger of tokens whose weights need more than one record of the model topic. */
  static ModelConfig tokens() {
    return new ModelConfig(
        "lstm", 48, 16, 1, false, "tagging", Sequences.LABELS, new ModelConfig.Text(4096, 48), 0);
  }

  String events() {
    return name + "-events";
  }

  String labelled() {
    return name + "-labelled";
  }

  ModelSnapshot model() {
    return model;
  }

  String savepoints() {
    return folder.resolve("savepoints").toUri().toString();
  }

  /** Options of a run's jobs, and the topics that they write to. */
  Configuration run(String run, int parallelism) throws Exception {
    Configuration all = new Configuration();
    all.set(EddyOptions.BOOTSTRAP_SERVERS, kafka.bootstrapServers());
    all.set(EddyOptions.GROUP_ID, name + "-" + run);
    all.set(EddyOptions.MODEL_DIRECTORY, folder.resolve("model").toString());
    all.set(EddyOptions.TOPIC_EVENTS, events());
    all.set(EddyOptions.TOPIC_LABELLED, labelled());
    // the events' times, which the records of tags and scores have, are long ago
    Map<String, String> kept = Map.of("retention.ms", "-1");
    create(all, EddyOptions.TOPIC_TAGS, run, kept);
    create(all, EddyOptions.TOPIC_SCORES, run, kept);
    create(all, EddyOptions.TOPIC_MODELS, run, Map.of("cleanup.policy", "compact"));
    Map<String, String> larger = Map.of("max.message.bytes", "" + DEAD_LETTER_LIMIT);
    create(all, EddyOptions.TOPIC_DEAD_LETTERS, run, larger);
    all.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
    all.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINTS);
    all.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, CHECKPOINTS.minusMinutes(1));
    all.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    all.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    all.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
    return all;
  }

  private void create(
      Configuration all, ConfigOption<String> option, String run, Map<String, String> config)
      throws Exception {
    String topic = name + "-" + run + "-" + option.key().substring("eddy.topic.".length());
    kafka.createTopic(topic, 1, config);
    all.set(option, topic);
  }

  /** The same options for a job that must not share consumer group and transactions. */
  static Configuration as(Configuration run, String group) {
    Configuration all = new Configuration(run);
    all.set(EddyOptions.GROUP_ID, run.get(EddyOptions.GROUP_ID) + "-" + group);
    return all;
  }

  static Configuration with(Configuration run, String stateBackend) {
    Configuration all = new Configuration(run);
    all.set(StateBackendOptions.STATE_BACKEND, stateBackend);
    return all;
  }

  /** Returns when the broker has them all. */
  void send(String topic, List<Sequences.Sent> events) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            kafka.bootstrapServers(),
            "compression.type",
            "gzip",
            "max.request.size",
            Integer.MAX_VALUE);
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      var sent =
          events.stream()
              .map(
                  e ->
                      producer.send(new ProducerRecord<>(topic, e.partition(), e.key(), e.value())))
              .toList();
      for (var one : sent) {
        one.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(topic + ": not sent", e);
    }
  }

  /** A record that is no event, behind all others of a partition. */
  void sendMarker(String topic, int partition) {
    send(topic, List.of(new Sequences.Sent(null, "marker".getBytes(UTF_8), partition)));
  }

  /** Returns when a run's job has read so many markers, and so all that stood before them. */
  void awaitMarkers(Configuration run, int count) {
    try (TopicLog deadLetters = written(run.get(EddyOptions.TOPIC_DEAD_LETTERS))) {
      deadLetters.until(
          count + " markers",
          rows -> rows.stream().filter(row -> "marker".equals(row.value())).count() >= count);
    }
  }

  /** All that a run has committed. */
  List<Row> allCommitted(Configuration run, ConfigOption<String> topic) throws Exception {
    try (TopicLog log = committed(run.get(topic))) {
      return log.toTheEnd();
    }
  }

  TopicLog committed(String topic) {
    return TopicLog.committed(kafka, topic);
  }

  TopicLog written(String topic) {
    return TopicLog.written(kafka, topic);
  }
}
