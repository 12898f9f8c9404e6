package dev.eddy.jobs;

import dev.eddy.operators.stream.TaggingOptions;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.kafka.EventDeserializer;
import dev.eddy.serialization.kafka.ModelRecordDeserializer;
import dev.eddy.serialization.kafka.ModelRecordSerializer;
import dev.eddy.serialization.kafka.ScoreSerializer;
import dev.eddy.serialization.kafka.TagSerializer;
import dev.eddy.serialization.model.ModelTopic;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ConfigOption;
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
    TaggingOptions options = tagging(configuration);
    ModelSnapshot directory = Inputs.model(configuration);
    TaggingJob.check(directory.config(), options);
    Ends ends =
        Ends.checked(
            env, configuration, directory, "tag", EddyOptions.TOPIC_EVENTS, EddyOptions.TOPIC_TAGS);
    new TaggingJob(
            ends.events(EddyOptions.TOPIC_EVENTS),
            ends.kafka.all(EddyOptions.TOPIC_MODELS, new ModelRecordDeserializer()),
            ends.kafka.sink(EddyOptions.TOPIC_TAGS, TagSerializer::new, ends.largest),
            ends.deadLetters(),
            directory,
            options)
        .define(env);
  }

  /**
   * Sets the environment up, and adds the training job to it.
   *
   * @throws BadConfiguration before anything has started
   */
  public static void training(StreamExecutionEnvironment env, Configuration configuration) {
    TrainingOptions options = TrainingSettings.of(configuration);
    ModelSnapshot directory = Inputs.model(configuration);
    TrainingJob.check(directory.config(), options);
    Ends ends =
        Ends.checked(
            env,
            configuration,
            directory,
            "train",
            EddyOptions.TOPIC_LABELLED,
            EddyOptions.TOPIC_SCORES);
    var published = new PublishedModels(configuration.get(EddyOptions.TOPIC_MODELS), directory);
    new TrainingJob(
            ends.events(EddyOptions.TOPIC_LABELLED),
            ends.kafka.sink(EddyOptions.TOPIC_SCORES, ScoreSerializer::new, ends.largest),
            ends.kafka.sink(
                EddyOptions.TOPIC_MODELS,
                ModelRecordSerializer::new,
                Math.max(ends.largest, ModelTopic.largestRecord(directory.config()))),
            ends.deadLetters(),
            published.newest(ends.kafka.clients()),
            options)
        .define(env);
  }

  /**
   * Checks all that can be checked of both jobs without Kafka.
   *
   * @throws BadConfiguration naming what cannot work
   */
  public static void check(Configuration configuration) {
    ModelConfig config = Inputs.model(configuration).config();
    TaggingJob.check(config, tagging(configuration));
    TrainingJob.check(config, TrainingSettings.of(configuration));
    var env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    Streaming.prepare(env, configuration, "check");
  }

  /**
   * What both jobs begin with, known to work.
   *
   * @param largest the largest record of the input topic, in bytes
   */
  private record Ends(EventFormat format, KafkaEnds kafka, int largest) {
    static Ends checked(
        StreamExecutionEnvironment env,
        Configuration configuration,
        ModelSnapshot directory,
        String job,
        ConfigOption<String> input,
        ConfigOption<String> output) {
      boolean labelled = input.equals(EddyOptions.TOPIC_LABELLED);
      var format = Inputs.events(configuration, directory, labelled);
      var kafka = new KafkaEnds(configuration, "eddy-" + job);
      Streaming.prepare(env, configuration, "eddy " + job);
      int modelRecord = ModelTopic.largestRecord(directory.config());
      int largest = Topics.check(configuration, kafka.clients(), input, output, modelRecord);
      return new Ends(format, kafka, largest);
    }

    Source<Received, ?, ?> events(ConfigOption<String> topic) {
      return kafka.events(topic, new EventDeserializer(format, largest));
    }

    Sink<DeadLetter> deadLetters() {
      return kafka.deadLetters(largest);
    }
  }

  static TaggingOptions tagging(Configuration configuration) {
    return new TaggingOptions(
        configuration.get(EddyOptions.MAX_BATCH_SIZE),
        configuration.get(EddyOptions.MAX_BATCH_DELAY),
        configuration.get(EddyOptions.SCORES),
        configuration.get(EddyOptions.MODEL_TAKE_UP),
        configuration.get(EddyOptions.MODEL_ON_OTHER_SHAPES),
        configuration.get(EddyOptions.MAX_SEQUENCE_EVENTS),
        Inputs.fields(configuration),
        new TaggingOptions.Generate(
            configuration.get(EddyOptions.GENERATE_LENGTH),
            configuration.get(EddyOptions.GENERATE_UNTIL),
            configuration.get(EddyOptions.GENERATE_SEED)));
  }
}
