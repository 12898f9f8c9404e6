package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.stream.TaggingOptions;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.operators.training.Learning;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.model.ModelAssembly;
import dev.eddy.serialization.model.ModelTopic;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

/** Both jobs on a cluster in this JVM, with other ends than Kafka. */
class JobsITCase {
  private static final int EVENTS = 403;

  private final ModelSnapshot start = Models.lstm();
  private final Collected<DeadLetter> deadLetters = new Collected<>(name("dead-letters"));

  @Test
  void aSilentModelStreamHoldsNeitherTagsNorTimeBack() throws Exception {
    Collected<Tag> tags = new Collected<>(name("tags"));
    Source<ModelRecord, ?, ?> silent =
        new DataGeneratorSource<>(
            any -> new ModelRecord("", null),
            Long.MAX_VALUE,
            RateLimiterStrategy.perSecond(2),
            Types.MODEL_RECORD);
    StreamExecutionEnvironment env = environment(1);
    tagging(silent, tags).define(env);
    JobClient job = env.executeAsync();
    try {
      assertTrue(tags.seesTheEndOfTime());
    } finally {
      job.cancel().get();
    }
    assertEquals(EVENTS - dead(), tags.values().size());
    assertEquals(dead(), deadLetters.values().size());
  }

  @Test
  void whatTheTrainingJobPublishesTheTaggingJobTakesUp() throws Exception {
    Collected<Score> scores = new Collected<>(name("scores"));
    Collected<ModelRecord> models = new Collected<>(name("models"));
    StreamExecutionEnvironment env = environment(2);
    new TrainingJob(
            events(),
            scores,
            models,
            deadLetters,
            start,
            new TrainingOptions(4, 3, Learning.adam(0.01f, 1), 1, 100, Duration.ofSeconds(1)))
        .define(env);
    env.execute();
    int learned = EVENTS - dead();
    assertEquals(learned, scores.values().stream().mapToInt(Score::events).sum());
    assertEquals(dead(), deadLetters.values().size());
    var assembly = new ModelAssembly(start.name(), 0);
    List<ModelSnapshot> published =
        models.values().stream()
            .map(record -> assembly.accept(record).model())
            .filter(Objects::nonNull)
            .toList();
    ModelSnapshot last = published.get(published.size() - 1);
    assertEquals(learned, last.steps());
    assertEquals(published.size(), last.version());

    Collected<Tag> tags = new Collected<>(name("tags"));
    List<ModelRecord> topic = ModelTopic.split(last);
    String[] keys = topic.stream().map(ModelRecord::key).toArray(String[]::new);
    byte[][] values = topic.stream().map(ModelRecord::value).toArray(byte[][]::new);
    StreamExecutionEnvironment tagging = environment(1);
    tagging(
            new DataGeneratorSource<>(
                n -> new ModelRecord(keys[n.intValue()], values[n.intValue()]),
                keys.length,
                Types.MODEL_RECORD),
            tags)
        .define(tagging);
    tagging.execute();
    assertEquals(
        last.version(), tags.values().stream().mapToLong(Tag::modelVersion).max().orElseThrow());
  }

  private TaggingJob tagging(Source<ModelRecord, ?, ?> models, Collected<Tag> tags) {
    return new TaggingJob(
        events(),
        models,
        tags,
        deadLetters,
        start,
        new TaggingOptions(
            8,
            Duration.ofMillis(2),
            false,
            TaggingOptions.TakeUp.IMMEDIATE,
            TaggingOptions.OnOtherShapes.REFUSE));
  }

  /** Labelled events of five sequences, every hundredth a dead letter, at a steady pace. */
  private static Source<Received, ?, ?> events() {
    return new DataGeneratorSource<>(
        JobsITCase::received, EVENTS, RateLimiterStrategy.perSecond(1000), Types.RECEIVED);
  }

  private static Received received(long n) {
    if (n % 100 == 0) {
      return new Received(null, new DeadLetter(null, new byte[0], "bad", "t", 0, n, n));
    }
    float[] features = {n % 3, 1};
    return new Received(new Event("s" + n % 5, null, features, (int) (n % 3), n, false), null);
  }

  private static int dead() {
    return EVENTS / 100 + 1;
  }

  private static String name(String what) {
    return what + "-" + System.nanoTime();
  }

  private static StreamExecutionEnvironment environment(int parallelism) {
    var env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    Streaming.prepare(env, Settings.load(List.of("--parallelism.default=" + parallelism)), "test");
    return env;
  }
}
