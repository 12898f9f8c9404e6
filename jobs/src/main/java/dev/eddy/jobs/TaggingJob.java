package dev.eddy.jobs;

import dev.eddy.operators.stream.ModelAssembler;
import dev.eddy.operators.stream.ReceivedRouter;
import dev.eddy.operators.stream.SequenceOperator;
import dev.eddy.operators.stream.TaggingOperator;
import dev.eddy.operators.stream.TaggingOptions;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;

/**
 * Tags every event by a recurrent network that keeps its memory of each sequence as keyed state,
 * and takes newer models up while it runs.
 *
 * <pre>
 * events -> router -> keyed by sequence -> tagging -> tags
 *              |                            ^   |
 *              |                  broadcast |   | events without a tag
 *              |             models -> assembler |
 *              v                                v
 *         dead letters <------------------------+
 * </pre>
 */
public final class TaggingJob {
  private final Source<Received, ?, ?> events;
  private final Source<ModelRecord, ?, ?> models;
  private final Sink<Tag> tags;
  private final Sink<DeadLetter> deadLetters;
  private final ModelSnapshot start;
  private final TaggingOptions options;

  /**
   * @param models newer versions of {@code start}, in order
   * @param start the model that serves until a newer one is taken up
   * @throws BadConfiguration if that model cannot generate what the options ask for
   */
  public TaggingJob(
      Source<Received, ?, ?> events,
      Source<ModelRecord, ?, ?> models,
      Sink<Tag> tags,
      Sink<DeadLetter> deadLetters,
      ModelSnapshot start,
      TaggingOptions options) {
    this.events = events;
    this.models = models;
    this.tags = tags;
    this.deadLetters = deadLetters;
    this.start = start;
    this.options = options;
    check(start.config(), options);
  }

  /**
   * @throws BadConfiguration if that model cannot generate what the options ask for
   */
  static void check(ModelConfig config, TaggingOptions options) {
    TaggingOptions.Generate generate = options.generate();
    boolean words = config.features() instanceof ModelConfig.Text;
    if (generate.length() > 0 && !(config.isLanguageModel() && words)) {
      throw new BadConfiguration(
          "%s: must be 0 but for a language model of words, got %d for task %s, features %s"
              .formatted(
                  EddyOptions.GENERATE_LENGTH.key(),
                  generate.length(),
                  config.task(),
                  words ? "text" : "numeric"));
    }
    if (generate.until() != null && !config.labels().contains(generate.until())) {
      throw new BadConfiguration(
          "%s: must be one of the model's %d labels, got '%s'"
              .formatted(
                  EddyOptions.GENERATE_UNTIL.key(), config.labels().size(), generate.until()));
    }
  }

  /** Adds the job to an environment. The uids are in savepoints and never change. */
  public void define(StreamExecutionEnvironment env) {
    define(env, operator());
  }

  /** The same with another operator in the place of the one that tags. */
  public void define(
      StreamExecutionEnvironment env, TwoInputStreamOperator<Event, ModelSnapshot, Tag> operator) {
    var routed =
        env.fromSource(events, EventTime.ofEvents(), "events", Types.RECEIVED)
            .uid("events")
            .process(new ReceivedRouter())
            .returns(Types.EVENT)
            .name("router")
            .uid("router");
    var newer =
        env.fromSource(models, EventTime.ofModels(), "models", Types.MODEL_RECORD)
            .setParallelism(1)
            .uid("models")
            .process(new ModelAssembler(start.name()))
            .name("assembler")
            .uid("assembler")
            .setParallelism(1);
    var tagging =
        routed
            .keyBy(Event::sequence)
            .connect(newer.broadcast())
            .transform("tagging", Types.TAG, operator)
            .uid("tagging");
    tagging.sinkTo(tags).name("tags").uid("tags");
    routed
        .getSideOutput(ReceivedRouter.DEAD_LETTERS)
        .union(tagging.getSideOutput(ReceivedRouter.DEAD_LETTERS))
        .sinkTo(deadLetters)
        .name("dead-letters")
        .uid("dead-letters");
  }

  /** Event by event where that is possible, else when a sequence ends. */
  private TwoInputStreamOperator<Event, ModelSnapshot, Tag> operator() {
    return start.config().readsWholeSequences()
        ? new SequenceOperator(start, options)
        : new TaggingOperator(start, options);
  }
}
