package dev.eddy.jobs;

import dev.eddy.operators.stream.ModelSplitter;
import dev.eddy.operators.stream.NextLabel;
import dev.eddy.operators.stream.ReceivedRouter;
import dev.eddy.operators.stream.TrainingOperator;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.operators.stream.WindowingOperator;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Learns from labelled events while they stream by, and publishes the model every so many of them.
 *
 * <pre>
 * events -> router -> keyed by sequence -> (next labels ->) windows -> training -> scores
 *              |                                                          |
 *              v                                                          v
 *         dead letters                                           model records -> models
 * </pre>
 *
 * <p>A language model learns of each event the label of the next one of its sequence.
 */
public final class TrainingJob {
  private final Source<Received, ?, ?> events;
  private final Sink<Score> scores;
  private final Sink<ModelRecord> models;
  private final Sink<DeadLetter> deadLetters;
  private final ModelSnapshot start;
  private final TrainingOptions options;

  /**
   * @param start the model that learning begins from
   * @throws BadConfiguration if the windows of that model do not fit in a mini-batch
   */
  public TrainingJob(
      Source<Received, ?, ?> events,
      Sink<Score> scores,
      Sink<ModelRecord> models,
      Sink<DeadLetter> deadLetters,
      ModelSnapshot start,
      TrainingOptions options) {
    this.events = events;
    this.scores = scores;
    this.models = models;
    this.deadLetters = deadLetters;
    this.start = start;
    this.options = options;
    check(start.config(), options);
  }

  /**
   * @throws BadConfiguration if the windows of that model do not fit in a mini-batch
   */
  static void check(ModelConfig config, TrainingOptions options) {
    try {
      options.requireFit(config);
    } catch (IllegalArgumentException e) {
      throw new BadConfiguration(EddyOptions.PREFIX + e.getMessage());
    }
  }

  /** Adds the job to an environment. The uids are in savepoints and never change. */
  public void define(StreamExecutionEnvironment env) {
    var routed =
        env.fromSource(events, EventTime.ofEvents(), "events", Types.RECEIVED)
            .uid("events")
            .process(new ReceivedRouter())
            .returns(Types.EVENT)
            .name("router")
            .uid("router");
    var taught =
        start.config().isLanguageModel()
            ? routed
                .keyBy(Event::sequence)
                .process(new NextLabel())
                .name("next-labels")
                .uid("next-labels")
            : routed;
    var training =
        taught
            .keyBy(Event::sequence)
            .transform("windows", Types.WINDOW, new WindowingOperator(start.config(), options))
            .uid("windows")
            .keyBy(Window::sequence)
            .transform("training", Types.SCORE, new TrainingOperator(start, options))
            .uid("training")
            .setParallelism(1);
    training.sinkTo(scores).name("scores").uid("scores").setParallelism(1);
    training
        .getSideOutput(TrainingOperator.MODELS)
        .flatMap(new ModelSplitter())
        .returns(Types.MODEL_RECORD)
        .name("model-records")
        .uid("model-records")
        .setParallelism(1)
        .sinkTo(models)
        .name("models")
        .uid("models")
        .setParallelism(1);
    routed
        .getSideOutput(ReceivedRouter.DEAD_LETTERS)
        .sinkTo(deadLetters)
        .name("dead-letters")
        .uid("dead-letters");
  }
}
