package dev.eddy.local.demo;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.local.LocalKafka;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.ConfigOption;

/** The topics of the demo, under the names that the jobs give them by default. */
final class Topics {
  static final String EVENTS = name(EddyOptions.TOPIC_EVENTS);
  static final String LABELLED = name(EddyOptions.TOPIC_LABELLED);
  static final String TAGS = name(EddyOptions.TOPIC_TAGS);
  static final String MODELS = name(EddyOptions.TOPIC_MODELS);
  static final String SCORES = name(EddyOptions.TOPIC_SCORES);
  static final String DEAD_LETTERS = name(EddyOptions.TOPIC_DEAD_LETTERS);

  /** Partitions of the topics that are keyed by sequence. */
  static final int PARTITIONS = 4;

  /** Header of an event: how many were played before it, eight bytes, big endian. */
  static final String POSITION = "position";

  private Topics() {}

  static void create(LocalKafka kafka) throws InterruptedException, ExecutionException {
    Map<String, String> none = Map.of();
    Map<String, String> brokerTime = Map.of("message.timestamp.type", "LogAppendTime");
    // a dead letter is its record with headers
    Map<String, String> larger = Map.of("max.message.bytes", "2097152");
    Map<String, String> compacted =
        Map.of("cleanup.policy", "compact", "segment.bytes", "67108864");
    kafka.createTopic(EVENTS, PARTITIONS, none);
    kafka.createTopic(LABELLED, PARTITIONS, none);
    kafka.createTopic(TAGS, PARTITIONS, brokerTime);
    kafka.createTopic(SCORES, 1, none);
    kafka.createTopic(MODELS, 1, compacted);
    kafka.createTopic(DEAD_LETTERS, 1, larger);
  }

  private static String name(ConfigOption<String> option) {
    return option.defaultValue();
  }
}
