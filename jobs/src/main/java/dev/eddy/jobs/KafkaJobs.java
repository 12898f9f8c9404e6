package dev.eddy.jobs;

import dev.eddy.operators.stream.TaggingOptions;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.kafka.DeadLetterSerializer;
import dev.eddy.serialization.kafka.EventDeserializer;
import dev.eddy.serialization.kafka.ModelRecordDeserializer;
import dev.eddy.serialization.kafka.ModelRecordSerializer;
import dev.eddy.serialization.kafka.ScoreSerializer;
import dev.eddy.serialization.kafka.TagSerializer;
import dev.eddy.serialization.model.ModelTopic;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Both jobs between Kafka topics, as their options say. */
public final class KafkaJobs {
  private KafkaJobs() {}

  /**
   * Sets the environment up, and adds the tagging job to it.
   *
   * @throws BadConfiguration before anything has started
   */
  public static void tagging(StreamExecutionEnvironment env, Configuration configuration) {
    ModelSnapshot start = Inputs.model(configuration);
    var format = Inputs.events(configuration, start, false);
    TaggingOptions options = tagging(configuration);
    var kafka = new KafkaEnds(configuration, "eddy-tag");
    Streaming.prepare(env, configuration, "eddy tag");
    int largest =
        Topics.check(
            configuration, kafka.clients(), EddyOptions.TOPIC_EVENTS, EddyOptions.TOPIC_TAGS);
    new TaggingJob(
            kafka.events(EddyOptions.TOPIC_EVENTS, new EventDeserializer(format)),
            kafka.all(EddyOptions.TOPIC_MODELS, new ModelRecordDeserializer()),
            kafka.sink(EddyOptions.TOPIC_TAGS, TagSerializer::new, largest),
            kafka.sink(EddyOptions.TOPIC_DEAD_LETTERS, DeadLetterSerializer::new, largest),
            start,
            options)
        .define(env);
  }

  /**
   * Sets the environment up, and adds the training job to it.
   *
   * @throws BadConfiguration before anything has started
   */
  public static void training(StreamExecutionEnvironment env, Configuration configuration) {
    ModelSnapshot start = Inputs.model(configuration);
    var format = Inputs.events(configuration, start, true);
    TrainingOptions options = training(configuration);
    var kafka = new KafkaEnds(configuration, "eddy-train");
    Streaming.prepare(env, configuration, "eddy train");
    int largest =
        Topics.check(
            configuration, kafka.clients(), EddyOptions.TOPIC_LABELLED, EddyOptions.TOPIC_SCORES);
    new TrainingJob(
            kafka.events(EddyOptions.TOPIC_LABELLED, new EventDeserializer(format)),
            kafka.sink(EddyOptions.TOPIC_SCORES, ScoreSerializer::new, largest),
            kafka.sink(
                EddyOptions.TOPIC_MODELS,
                ModelRecordSerializer::new,
                Math.max(largest, ModelTopic.LARGEST_RECORD)),
            kafka.sink(EddyOptions.TOPIC_DEAD_LETTERS, DeadLetterSerializer::new, largest),
            start,
            options)
        .define(env);
  }

  static TaggingOptions tagging(Configuration configuration) {
    return new TaggingOptions(
        configuration.get(EddyOptions.MAX_BATCH_SIZE),
        configuration.get(EddyOptions.MAX_BATCH_DELAY),
        configuration.get(EddyOptions.SCORES),
        configuration.get(EddyOptions.MODEL_TAKE_UP),
        configuration.get(EddyOptions.MODEL_ON_OTHER_SHAPES));
  }

  static TrainingOptions training(Configuration configuration) {
    try {
      return new TrainingOptions(
          configuration.get(EddyOptions.WINDOW),
          configuration.get(EddyOptions.BATCH),
          configuration.get(EddyOptions.LEARNING_RATE),
          configuration.get(EddyOptions.CLIP_NORM),
          configuration.get(EddyOptions.SEED),
          configuration.get(EddyOptions.PUBLISH_EVERY),
          configuration.get(EddyOptions.PATIENCE));
    } catch (IllegalArgumentException e) {
      throw new BadConfiguration(EddyOptions.PREFIX + e.getMessage());
    }
  }
}
