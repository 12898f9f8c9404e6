package dev.eddy.jobs;

import static org.apache.flink.configuration.ConfigOptions.key;

import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.operators.training.Learning.Algorithm;
import dev.eddy.operators.training.LearningRate.Decay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.base.DeliveryGuarantee;

/**
 * The options of both jobs, all under {@value #PREFIX}. Parallelism, checkpoints, state backend and
 * restart strategy are Flink's own options and stand in the same file.
 */
public final class EddyOptions {
  public static final String PREFIX = "eddy.";

  /** What follows is passed to the Kafka clients as it is. */
  public static final String KAFKA_PREFIX = PREFIX + "kafka.";

  private static final List<Option<?>> ALL = new ArrayList<>();

  // Kafka

  public static final ConfigOption<String> BOOTSTRAP_SERVERS =
      text("kafka.bootstrap.servers", null, "Kafka brokers, as host:port, separated by commas");

  public static final ConfigOption<String> TOPIC_EVENTS =
      text("topic.events", "eddy-events", "events to tag");
  public static final ConfigOption<String> TOPIC_LABELLED =
      text("topic.labelled", "eddy-labelled", "events to learn from, most with a label");
  public static final ConfigOption<String> TOPIC_TAGS =
      text("topic.tags", "eddy-tags", "the tags of the events");
  public static final ConfigOption<String> TOPIC_MODELS =
      text("topic.models", "eddy-models", "model versions: compacted, one partition");
  public static final ConfigOption<String> TOPIC_SCORES =
      text("topic.scores", "eddy-scores", "predict-then-learn scores of the training job");
  public static final ConfigOption<String> TOPIC_DEAD_LETTERS =
      text("topic.dead-letters", "eddy-dead-letters", "records that are no valid event");

  public static final ConfigOption<StartFrom> START_FROM =
      choice("start-from", StartFrom.GROUP, "where a job without a savepoint begins to read");
  public static final ConfigOption<String> GROUP_ID =
      text(
          "group-id",
          null,
          "consumer group, and prefix of the transactions: jobs that run at once need different"
              + " ones; eddy-tag and eddy-train unless given");
  public static final ConfigOption<DeliveryGuarantee> DELIVERY =
      option(
          key(PREFIX + "delivery")
              .enumType(DeliveryGuarantee.class)
              .defaultValue(DeliveryGuarantee.EXACTLY_ONCE),
          "exactly-once writes in transactions that each checkpoint commits",
          "exactly-once or at-least-once",
          delivery -> delivery != DeliveryGuarantee.NONE);

  // the fields of an event

  public static final ConfigOption<String> FIELD_SEQUENCE =
      text("field.sequence", "sequence", "field that names the sequence");
  public static final ConfigOption<String> FIELD_TOKEN =
      text("field.token", "token", "field with the text of the event");
  public static final ConfigOption<String> FIELD_FEATURES =
      text("field.features", "features", "field with the numbers of the event");
  public static final ConfigOption<String> FIELD_LABEL =
      text("field.label", "label", "field with the right label");
  public static final ConfigOption<String> FIELD_TIME =
      text("field.time", "time", "field with the time, in epoch milliseconds");
  public static final ConfigOption<String> FIELD_END =
      text("field.end", "end", "field that is true on the last event of a sequence");

  // the model

  public static final ConfigOption<String> MODEL_DIRECTORY =
      text("model.directory", null, "the model that both jobs start from, version 0");
  public static final ConfigOption<String> MODEL_NAME =
      option(
          key(PREFIX + "model.name").stringType().defaultValue("default"),
          "name of the model in the model topic",
          "letters, digits, dots, dashes and underscores",
          name -> name.matches("[A-Za-z0-9._-]+"));

  public static final ConfigOption<TakeUp> MODEL_TAKE_UP =
      choice(
          "model.take-up",
          TakeUp.CHECKPOINT,
          "a newer model is taken up by all subtasks at one checkpoint, or by each at once");
  public static final ConfigOption<OnOtherShapes> MODEL_ON_OTHER_SHAPES =
      choice(
          "model.on-other-shapes",
          OnOtherShapes.REFUSE,
          "a newer model of other shapes is refused, or taken up with all hidden states reset");

  // tagging

  public static final ConfigOption<Integer> MAX_BATCH_SIZE =
      whole("max-batch-size", 64, 1, 65_536, "most events that are tagged together");
  public static final ConfigOption<Duration> MAX_BATCH_DELAY =
      span(
          "max-batch-delay",
          Duration.ofMillis(5),
          "longest wait of an event for its batch while there is more to read");
  public static final ConfigOption<Boolean> SCORES =
      option(
          key(PREFIX + "scores").booleanType().defaultValue(false),
          "give the probabilities of all labels with each tag",
          "true or false",
          any -> true);

  public static final ConfigOption<Integer> MAX_SEQUENCE_EVENTS =
      whole(
          "max-sequence-events",
          10_000,
          1,
          1_000_000,
          "most events of a sequence for a bidirectional network or a classifier; then it is tagged,"
              + " and learned, as if it ended");

  public static final ConfigOption<Integer> GENERATE_LENGTH =
      whole(
          "generate.length",
          0,
          0,
          10_000,
          "tags that a language model of words adds to a sequence that ends with a word, each tag"
              + " being the next word that it reads");
  public static final ConfigOption<String> GENERATE_UNTIL =
      text("generate.until", null, "label after which nothing more is generated");
  public static final ConfigOption<Long> GENERATE_SEED =
      option(
          key(PREFIX + "generate.seed").longType().noDefaultValue(),
          "draw what is generated by its probability; without a seed it is the most probable",
          "a whole number",
          any -> true);

  // training

  public static final ConfigOption<Integer> WINDOW =
      whole("training.window", 16, 1, 65_536, "events of a window: gradients flow back so far");
  public static final ConfigOption<Integer> BATCH =
      whole("training.batch", 16, 1, 65_536, "windows of a mini-batch, each of another sequence");
  public static final ConfigOption<Duration> PATIENCE =
      span(
          "training.patience",
          Duration.ofSeconds(10),
          "event time after which a mini-batch that is not full is learned");
  public static final ConfigOption<Algorithm> OPTIMIZER =
      choice("training.optimizer", Algorithm.ADAM, "what moves the weights");
  public static final ConfigOption<Float> MOMENTUM =
      fraction("training.momentum", 0.9f, "momentum of sgd");
  public static final ConfigOption<Float> WEIGHT_DECAY =
      fraction("training.weight-decay", 0.01f, "decay of weight matrices by adamw");
  public static final ConfigOption<Float> L2 =
      fraction("training.l2", 0f, "factor of half the sum of squares of weight matrices");
  public static final ConfigOption<Float> LEARNING_RATE =
      positive("training.learning-rate", 0.003f, "learning rate at the end of the warm-up");
  public static final ConfigOption<Integer> WARM_UP =
      whole(
          "training.warm-up",
          0,
          0,
          1_000_000_000,
          "mini-batches over which the learning rate rises in a straight line");
  public static final ConfigOption<Decay> LEARNING_RATE_DECAY =
      choice(
          "training.learning-rate-decay",
          Decay.NONE,
          "how the learning rate falls to 0 after the warm-up");
  public static final ConfigOption<Integer> LEARNING_RATE_STEPS =
      whole(
          "training.learning-rate-steps",
          null,
          1,
          1_000_000_000,
          "mini-batches after which the learning rate has fallen to 0");
  public static final ConfigOption<Float> CLIP_NORM =
      positive("training.clip-norm", 1.0f, "greatest global norm of a gradient");
  public static final ConfigOption<Float> CLIP_VALUE =
      positive(
          "training.clip-value",
          null,
          "greatest absolute value of an element of a gradient, clipped before the norm");
  public static final ConfigOption<Integer> PUBLISH_EVERY =
      whole(
          "training.publish-every",
          5_000,
          1,
          1_000_000_000,
          "labelled events between model versions");
  public static final ConfigOption<Integer> THREADS =
      whole(
          "training.threads",
          1,
          1,
          256,
          "threads that share the windows of a mini-batch; what is learned depends on how many, in"
              + " the last bits");
  public static final ConfigOption<Long> SEED =
      option(
          key(PREFIX + "training.seed").longType().defaultValue(1L),
          "seed of all that is random",
          "a whole number",
          any -> true);

  private EddyOptions() {}

  /** Every option, in the order in which people should read them. */
  public static List<Option<?>> all() {
    return Collections.unmodifiableList(ALL);
  }

  private static ConfigOption<String> text(String name, String value, String meaning) {
    var typed = key(PREFIX + name).stringType();
    return option(
        value == null ? typed.noDefaultValue() : typed.defaultValue(value),
        meaning,
        "text that is not empty",
        given -> !given.isBlank());
  }

  private static ConfigOption<Integer> whole(
      String name, Integer value, int least, int most, String meaning) {
    var typed = key(PREFIX + name).intType();
    return option(
        value == null ? typed.noDefaultValue() : typed.defaultValue(value),
        meaning,
        "a whole number from " + least + " to " + most,
        given -> given >= least && given <= most);
  }

  private static ConfigOption<Float> positive(String name, Float value, String meaning) {
    var typed = key(PREFIX + name).floatType();
    return option(
        value == null ? typed.noDefaultValue() : typed.defaultValue(value),
        meaning,
        "a number above 0",
        given -> given > 0 && Float.isFinite(given));
  }

  private static ConfigOption<Float> fraction(String name, float value, String meaning) {
    return option(
        key(PREFIX + name).floatType().defaultValue(value),
        meaning,
        "a number from 0 to below 1",
        given -> given >= 0 && given < 1);
  }

  private static ConfigOption<Duration> span(String name, Duration value, String meaning) {
    return option(
        key(PREFIX + name).durationType().defaultValue(value),
        meaning,
        "a time from 0 ms to 1 h",
        given -> !given.isNegative() && given.compareTo(Duration.ofHours(1)) <= 0);
  }

  private static <E extends Enum<E>> ConfigOption<E> choice(String name, E value, String meaning) {
    return option(
        key(PREFIX + name).enumType(value.getDeclaringClass()).defaultValue(value),
        meaning,
        "one of "
            + Stream.of(value.getDeclaringClass().getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", ")),
        any -> true);
  }

  private static <T> ConfigOption<T> option(
      ConfigOption<T> key, String meaning, String rule, Predicate<? super T> allowed) {
    ConfigOption<T> described = key.withDescription(meaning);
    ALL.add(new Option<>(described, meaning, rule, allowed));
    return described;
  }
}
