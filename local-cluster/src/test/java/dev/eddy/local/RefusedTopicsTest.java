package dev.eddy.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.jobs.Settings;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the jobs find out of the topics before they start. */
class RefusedTopicsTest {
  private static final Map<String, String> COMPACTED = Map.of("cleanup.policy", "compact");

  @TempDir Path model;

  @Test
  void topicsThatCannotWorkAreRefusedBeforeAnythingStarts() throws Exception {
    ModelDirectory.write(zeros(), model, true);
    try (LocalKafka kafka = new LocalKafka()) {
      String servers = "--kafka.bootstrap.servers=" + kafka.bootstrapServers();
      assertRefused("eddy.topic.events: eddy-events: there is no such topic; create it", servers);
      for (String topic : List.of("eddy-events", "eddy-tags", "eddy-dead-letters")) {
        kafka.createTopic(topic, 1, Map.of());
      }
      kafka.createTopic("eddy-models", 2, COMPACTED);
      assertRefused("eddy.topic.models: eddy-models: must have one partition, has 2", servers);
      assertRefused(
          "eddy.topic.models: eddy-tags: is the topic of eddy.topic.tags too",
          servers,
          "--topic.models=eddy-tags");
      kafka.createTopic("uncompacted", 1, Map.of());
      assertRefused(
          "eddy.topic.models: uncompacted: must have cleanup.policy=compact, has delete",
          servers,
          "--topic.models=uncompacted");
      kafka.createTopic(
          "narrow", 1, Map.of("cleanup.policy", "compact", "max.message.bytes", "500000"));
      assertRefused(
          "eddy.topic.models: narrow: must have max.message.bytes of at least 524288, has 500000",
          servers,
          "--topic.models=narrow");
      kafka.createTopic("models", 1, COMPACTED);
      assertRefused(
          "eddy.topic.dead-letters: eddy-dead-letters: must have max.message.bytes of at least"
              + " 1114124, 64 KiB more than eddy-events, has 1048588",
          servers,
          "--topic.models=models");
      kafka.createTopic(
          "plain", 1, Map.of("max.message.bytes", "1114124", "compression.type", "uncompressed"));
      assertRefused(
          "eddy.topic.dead-letters: plain: must have compression.type=producer or gzip, has"
              + " uncompressed",
          servers,
          "--topic.models=models",
          "--topic.dead-letters=plain");
      kafka.createTopic("dead", 1, Map.of("max.message.bytes", "1114124"));
      define(servers, "--topic.models=models", "--topic.dead-letters=dead");
    }
    assertRefused(
        "eddy.kafka.*: Invalid url in bootstrap.servers: nowhere; eddy.kafka.bootstrap.servers is"
            + " nowhere",
        "--kafka.bootstrap.servers=nowhere");
    assertRefused(
        "eddy.kafka.bootstrap.servers: must be given, as in --kafka.bootstrap.servers"
            + " localhost:9092");
  }

  private void assertRefused(String message, String... flags) {
    assertEquals(message, assertThrows(BadConfiguration.class, () -> define(flags)).getMessage());
  }

  private void define(String... flags) {
    List<String> all = new ArrayList<>(Arrays.asList(flags));
    all.add("--model.directory=" + model);
    Configuration configuration = Settings.load(all);
    KafkaJobs.tagging(
        StreamExecutionEnvironment.getExecutionEnvironment(configuration), configuration);
  }

  private static ModelSnapshot zeros() {
    var config =
        new ModelConfig(
            "lstm",
            1,
            1,
            1,
            false,
            "tagging",
            List.of("on", "off"),
            new ModelConfig.Numeric(null, null),
            0);
    var tensors = new TreeMap<String, float[]>();
    config
        .shapes()
        .forEach(
            (name, shape) ->
                tensors.put(name, new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)]));
    return new ModelSnapshot("default", 0, -1, 0, config, tensors);
  }
}
