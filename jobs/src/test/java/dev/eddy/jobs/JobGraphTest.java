package dev.eddy.jobs;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.kafka.EventDeserializer;
import dev.eddy.serialization.kafka.ModelRecordDeserializer;
import dev.eddy.serialization.kafka.ModelRecordSerializer;
import dev.eddy.serialization.kafka.ScoreSerializer;
import dev.eddy.serialization.kafka.TagSerializer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.junit.jupiter.api.Test;

/** Savepoints find their state by these names: none may change or go. */
class JobGraphTest {
  private static final int PARALLELISM = 3;
  private static final int LARGEST = 1 << 20;

  private static final Map<String, Integer> TRAINING =
      Map.ofEntries(
          entry("events", PARALLELISM),
          entry("router", PARALLELISM),
          entry("windows", PARALLELISM),
          entry("training", 1),
          entry("scores", 1),
          entry("Sink Committer: scores", 1),
          entry("model-records", 1),
          entry("models", 1),
          entry("Sink Committer: models", 1),
          entry("dead-letters", PARALLELISM),
          entry("Sink Committer: dead-letters", PARALLELISM));

  private final ModelSnapshot model = Models.lstm();
  private final EventFormat format = new EventFormat(model.config(), EventFields.DEFAULT, true);
  private final KafkaEnds kafka =
      new KafkaEnds(Settings.load(List.of("--kafka.bootstrap.servers=localhost:9092")), "test");

  @Test
  void theTaggingJobKeepsItsNames() {
    StreamGraph graph = tagging();
    assertEquals(
        Map.of(
            "events", PARALLELISM,
            "router", PARALLELISM,
            "models", 1,
            "assembler", 1,
            "tagging", PARALLELISM,
            "tags", PARALLELISM,
            "Sink Committer: tags", PARALLELISM,
            "dead-letters", PARALLELISM,
            "Sink Committer: dead-letters", PARALLELISM),
        parallelismByUid(graph));
    assertUsable(graph);
  }

  @Test
  void theTrainingJobKeepsItsNames() {
    StreamGraph graph = training(model);
    assertEquals(TRAINING, parallelismByUid(graph));
    assertUsable(graph);
  }

  @Test
  void theTrainingJobOfALanguageModelHasOneMore() {
    var config =
        new ModelConfig("gru", 3, 4, 1, false, "language-model", List.of("a", "b"), null, 0);
    StreamGraph graph = training(Initialization.fresh("default", config, 1));
    Map<String, Integer> names = new HashMap<>(TRAINING);
    names.put("next-labels", PARALLELISM);
    assertEquals(names, parallelismByUid(graph));
    assertUsable(graph);
  }

  private static void assertUsable(StreamGraph graph) {
    for (StreamNode node : graph.getStreamNodes()) {
      assertEquals(Streaming.MAX_PARALLELISM, node.getMaxParallelism(), node.getOperatorName());
    }
    assertTrue(graph.getExecutionConfig().getSerializerConfig().hasGenericTypesDisabled());
    assertEquals(JobType.STREAMING, graph.getJobType());
  }

  private static Map<String, Integer> parallelismByUid(StreamGraph graph) {
    return graph.getStreamNodes().stream()
        .collect(Collectors.toMap(StreamNode::getTransformationUID, StreamNode::getParallelism));
  }

  private StreamGraph tagging() {
    StreamExecutionEnvironment env = environment();
    new TaggingJob(
            kafka.events(EddyOptions.TOPIC_EVENTS, new EventDeserializer(format, LARGEST)),
            kafka.all(EddyOptions.TOPIC_MODELS, new ModelRecordDeserializer()),
            kafka.sink(EddyOptions.TOPIC_TAGS, TagSerializer::new, LARGEST),
            kafka.deadLetters(LARGEST),
            model,
            KafkaJobs.tagging(new Configuration()))
        .define(env);
    return env.getStreamGraph();
  }

  private StreamGraph training(ModelSnapshot start) {
    StreamExecutionEnvironment env = environment();
    new TrainingJob(
            kafka.events(EddyOptions.TOPIC_LABELLED, new EventDeserializer(format, LARGEST)),
            kafka.sink(EddyOptions.TOPIC_SCORES, ScoreSerializer::new, LARGEST),
            kafka.sink(EddyOptions.TOPIC_MODELS, ModelRecordSerializer::new, LARGEST),
            kafka.deadLetters(LARGEST),
            start,
            TrainingSettings.of(new Configuration()))
        .define(env);
    return env.getStreamGraph();
  }

  private static StreamExecutionEnvironment environment() {
    var env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    Streaming.prepare(env, Settings.load(List.of("--parallelism.default=" + PARALLELISM)), "test");
    return env;
  }
}
