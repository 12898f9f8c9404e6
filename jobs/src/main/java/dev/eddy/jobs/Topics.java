package dev.eddy.jobs;

import dev.eddy.serialization.kafka.DeadLetters;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topics of a job, as the brokers know them before the job starts. */
final class Topics {
  /** What a dead letter is larger than its record at most: the headers. */
  static final int HEADERS = 64 * 1024;

  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private final Configuration configuration;
  private final Admin admin;

  private Topics(Configuration configuration, Admin admin) {
    this.configuration = configuration;
    this.admin = admin;
  }

  /**
   * Checks that all topics of a job are there and can do what the job asks of them.
   *
   * @param clients properties of Kafka's clients
   * @param input the topic that the events come from
   * @param output the topic of the results; models and dead letters each job has
   * @param modelRecord bytes that a record of the model topic may have
   * @return the largest record of the input topic, in bytes
   */
  static int check(
      Configuration configuration,
      Properties clients,
      ConfigOption<String> input,
      ConfigOption<String> output,
      int modelRecord) {
    try (Admin admin = Admin.create(clients)) {
      return new Topics(configuration, admin).check(input, output, modelRecord);
    } catch (KafkaException e) {
      throw new BadConfiguration(
          EddyOptions.KAFKA_PREFIX
              + "*: "
              + reason(e)
              + "; "
              + EddyOptions.BOOTSTRAP_SERVERS.key()
              + " is "
              + configuration.get(EddyOptions.BOOTSTRAP_SERVERS));
    }
  }

  private int check(ConfigOption<String> input, ConfigOption<String> output, int modelRecord) {
    var used = List.of(input, output, EddyOptions.TOPIC_MODELS, EddyOptions.TOPIC_DEAD_LETTERS);
    for (int i = 0; i < used.size(); i++) {
      for (ConfigOption<String> earlier : used.subList(0, i)) {
        if (name(earlier).equals(name(used.get(i)))) {
          throw refuse(used.get(i), "is the topic of " + earlier.key() + " too");
        }
      }
    }
    Map<String, KafkaFuture<TopicDescription>> descriptions =
        admin
            .describeTopics(
                used.stream().map(this::name).toList(),
                new DescribeTopicsOptions().timeoutMs((int) PATIENCE.toMillis()))
            .topicNameValues();
    used.forEach(topic -> get(topic, descriptions.get(name(topic))));
    int partitions =
        get(EddyOptions.TOPIC_MODELS, descriptions.get(name(EddyOptions.TOPIC_MODELS)))
            .partitions()
            .size();
    if (partitions != 1) {
      throw refuse(EddyOptions.TOPIC_MODELS, "must have one partition, has " + partitions);
    }
    String cleanup = setting(EddyOptions.TOPIC_MODELS, TopicConfig.CLEANUP_POLICY_CONFIG);
    if (!cleanup.equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
      throw refuse(EddyOptions.TOPIC_MODELS, "must have cleanup.policy=compact, has " + cleanup);
    }
    requireSpace(EddyOptions.TOPIC_MODELS, modelRecord, "");
    int limit = Math.min(space(input), Integer.MAX_VALUE - HEADERS);
    requireSpace(
        EddyOptions.TOPIC_DEAD_LETTERS, limit + HEADERS, "64 KiB more than " + name(input) + ", ");
    String compression =
        setting(EddyOptions.TOPIC_DEAD_LETTERS, TopicConfig.COMPRESSION_TYPE_CONFIG);
    if (!List.of("producer", DeadLetters.COMPRESSION).contains(compression)) {
      throw refuse(
          EddyOptions.TOPIC_DEAD_LETTERS,
          "must have compression.type=producer or "
              + DeadLetters.COMPRESSION
              + ", has "
              + compression);
    }
    return limit;
  }

  private void requireSpace(ConfigOption<String> topic, int least, String that) {
    int most = space(topic);
    if (most < least) {
      throw refuse(
          topic, "must have max.message.bytes of at least " + least + ", " + that + "has " + most);
    }
  }

  /** The largest batch of records, and so the largest record, that a topic takes, in bytes. */
  private int space(ConfigOption<String> topic) {
    return Integer.parseInt(setting(topic, TopicConfig.MAX_MESSAGE_BYTES_CONFIG));
  }

  private String setting(ConfigOption<String> topic, String key) {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, name(topic));
    return get(topic, admin.describeConfigs(List.of(resource)).values().get(resource))
        .get(key)
        .value();
  }

  private String name(ConfigOption<String> topic) {
    return configuration.get(topic);
  }

  private <T> T get(ConfigOption<String> topic, KafkaFuture<T> answer) {
    try {
      return answer.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw refuse(topic, "there is no such topic; create it");
      }
      if (e.getCause() instanceof TimeoutException) {
        throw new BadConfiguration(
            EddyOptions.BOOTSTRAP_SERVERS.key()
                + ": no answer within "
                + PATIENCE.toSeconds()
                + " s from "
                + configuration.get(EddyOptions.BOOTSTRAP_SERVERS));
      }
      throw refuse(topic, reason(e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refuse(topic, "interrupted while asking for it");
    }
  }

  private BadConfiguration refuse(ConfigOption<String> topic, String why) {
    return new BadConfiguration(topic.key() + ": " + name(topic) + ": " + why);
  }

  /** The innermost message, which is the one that says something. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }
}
