package dev.eddy.operators.stream;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The operators in jobs on a mini-cluster that fail in the middle, are cancelled, or misuse them.
 */
@Timeout(120)
@SuppressWarnings("try")
class StreamITCase {
  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(4)
              .build());

  private static final int STRIDE = 100;
  private static final List<Event> EVENTS = Sample.events(600, 11, 41);
  private static final TaggingOptions TAGGING =
      new TaggingOptions(16, Duration.ofMillis(5), true, TakeUp.CHECKPOINT, OnOtherShapes.REFUSE);

  private long heldBefore;

  @BeforeEach
  void countMemory() {
    heldBefore = Scope.heldBytes();
    FailOnce.reset();
  }

  @AfterEach
  void nothingIsHeld() {
    assertEquals(heldBefore, Scope.heldBytes());
  }

  @ParameterizedTest
  @CsvSource({
    "hashmap, false, 1",
    "hashmap, true, 2",
    "rocksdb, false, 2",
    "rocksdb, true, 1",
  })
  void taggingThatFailsGivesTheSameTags(String backend, boolean unaligned, int parallelism)
      throws Exception {
    StreamExecutionEnvironment env = environment(backend, unaligned, parallelism);
    DataStream<Tag> tags = tagging(env, STRIDE, noModels(env));
    List<Tag> given = collect(tags.map(new FailOnce<>(Tag::time, 3500)).returns(Types.TAG));
    assertTrue(FailOnce.failedAfterACheckpointAndMore());
    List<String> expected =
        Sample.tags(EVENTS, Collections.nCopies(EVENTS.size(), Sample.model(0)));
    if (parallelism == 1) {
      assertEquals(expected, given.stream().map(Sample::text).toList());
    } else {
      assertEquals(bySequence(expected), bySequence(given.stream().map(Sample::text).toList()));
    }
  }

  @ParameterizedTest
  @CsvSource({"hashmap, false", "rocksdb, true"})
  void tagsOfLiveModelsAreReproducedByTheVersionsTheyName(String backend, boolean unaligned)
      throws Exception {
    StreamExecutionEnvironment env = environment(backend, unaligned, 2);
    DataStream<ModelSnapshot> models =
        env.fromSource(new GatedNumbers(4, 1), WatermarkStrategy.noWatermarks(), "models")
            .setParallelism(1)
            .map(number -> Sample.model(number + 1))
            .returns(Types.MODEL_SNAPSHOT)
            .setParallelism(1);
    List<Tag> given =
        collect(
            tagging(env, STRIDE, models).map(new FailOnce<>(Tag::time, 3500)).returns(Types.TAG));
    assertTrue(FailOnce.failedAfterACheckpointAndMore());
    // the version that each event's tag names
    TreeMap<Long, Long> versions = new TreeMap<>();
    given.forEach(tag -> versions.put(tag.time(), tag.modelVersion()));
    assertTrue(versions.values().stream().distinct().count() >= 3, "versions " + versions);
    if (!unaligned) {
      // the barrier is at one place of the source, so all subtasks switch at the same event
      List<Long> inOrder = new ArrayList<>(versions.values());
      List<Long> sorted = new ArrayList<>(inOrder);
      Collections.sort(sorted);
      assertEquals(sorted, inOrder);
    }
    List<String> expected = new ArrayList<>();
    EVENTS.stream()
        .collect(groupingBy(Event::sequence))
        .values()
        .forEach(
            events ->
                expected.addAll(
                    Sample.tags(
                        events,
                        events.stream()
                            .map(event -> Sample.model(versions.getOrDefault(event.time(), 0L)))
                            .toList())));
    assertEquals(bySequence(expected), bySequence(given.stream().map(Sample::text).toList()));
  }

  @ParameterizedTest
  @CsvSource({"hashmap, false, false", "rocksdb, true, false", "rocksdb, false, true"})
  void trainingThatFailsGivesTheSameScoresAndModels(
      String backend, boolean unaligned, boolean nextLabels) throws Exception {
    List<String> expected;
    try (TrainingHarness training = new TrainingHarness(null)) {
      List<Event> taught = nextLabels ? NextLabelTest.taught(EVENTS) : EVENTS;
      training.process(TrainingHarness.windows(taught));
      training.end();
      expected = training.all();
    }
    StreamExecutionEnvironment env = environment(backend, unaligned, 1);
    DataStream<Event> events = events(env, STRIDE);
    SingleOutputStreamOperator<Score> scores =
        (nextLabels ? events.keyBy(Event::sequence).process(new NextLabel()).uid("next") : events)
            .keyBy(Event::sequence)
            .transform(
                "windowing",
                Types.WINDOW,
                new WindowingOperator(Sample.model(0).config(), TrainingHarness.OPTIONS))
            .uid("windowing")
            .keyBy(Window::sequence)
            .transform(
                "training",
                Types.SCORE,
                new TrainingOperator(Sample.model(0), TrainingHarness.OPTIONS))
            .uid("training");
    List<String> given = new ArrayList<>();
    try (CloseableIterator<Score> collected =
            scores.map(new FailOnce<>(Score::time, 3500)).returns(Types.SCORE).collectAsync();
        CloseableIterator<ModelSnapshot> models =
            scores.getSideOutput(TrainingOperator.MODELS).collectAsync()) {
      JobClient job = env.executeAsync();
      collected.forEachRemaining(score -> given.add(score.toString()));
      models.forEachRemaining(model -> given.add(TrainingHarness.text(model)));
      job.getJobExecutionResult().get(60, TimeUnit.SECONDS);
    }
    assertTrue(FailOnce.failedAfterACheckpointAndMore());
    assertEquals(expected, given);
  }

  @Test
  void cancelledJobLeavesNothing() throws Exception {
    StreamExecutionEnvironment env = environment("hashmap", false, 2);
    env.getCheckpointConfig().disableCheckpointing();
    DataStream<ModelSnapshot> models =
        env.fromSource(new GatedNumbers(3, 1), WatermarkStrategy.noWatermarks(), "models")
            .map(number -> Sample.model(number + 1))
            .returns(Types.MODEL_SNAPSHOT);
    try (CloseableIterator<Tag> tags = tagging(env, STRIDE, models).collectAsync()) {
      JobClient job = env.executeAsync();
      tags.next();
      assertTrue(Scope.heldBytes() > heldBefore);
      cancel(job);
    }
  }

  /** The source waits for ever after its first events, and the delay is longer than the test. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD) // interrupts do not stop next()
  void noEventWaitsForOthersWhileNoneCome(boolean wholeSequences) throws Exception {
    var options =
        new TaggingOptions(
            1000, Duration.ofHours(1), true, TakeUp.CHECKPOINT, OnOtherShapes.REFUSE);
    StreamExecutionEnvironment env = environment("hashmap", false, 1);
    env.getCheckpointConfig().disableCheckpointing();
    DataStream<Tag> tagged =
        tagging(
            env,
            STRIDE,
            noModels(env),
            wholeSequences
                ? new SequenceOperator(Sample.model(0), options)
                : new TaggingOperator(Sample.model(0), options));
    int expected = 0;
    Map<String, Integer> open = new HashMap<>();
    for (Event event : EVENTS.subList(0, STRIDE)) {
      open.merge(event.sequence(), event.hasInput() ? 1 : 0, Integer::sum);
      if (event.end() || !wholeSequences) {
        expected += open.remove(event.sequence());
      }
    }
    try (CloseableIterator<Tag> tags = tagged.collectAsync()) {
      JobClient job = env.executeAsync();
      for (int i = 0; i < expected; i++) {
        tags.next();
      }
      cancel(job);
    }
  }

  @Test
  void batchModeIsRefused() throws Exception {
    StreamExecutionEnvironment env = environment("hashmap", false, 1);
    env.setRuntimeMode(RuntimeExecutionMode.BATCH);
    env.configure(new Configuration().set(RestartStrategyOptions.RESTART_STRATEGY, "none"));
    DataStream<Tag> tags = tagging(env, EVENTS.size(), noModels(env));
    Exception failed = assertThrows(Exception.class, () -> collect(tags));
    assertTrue(
        ExceptionUtils.findThrowableWithMessage(
                failed,
                "execution.runtime-mode is BATCH, which orders events by key; must be STREAMING")
            .isPresent(),
        () -> ExceptionUtils.stringifyException(failed));
  }

  /** Ends when the job's tasks have ended. */
  private static void cancel(JobClient job) throws Exception {
    job.cancel().get(60, TimeUnit.SECONDS);
    assertThrows(
        ExecutionException.class, () -> job.getJobExecutionResult().get(60, TimeUnit.SECONDS));
  }

  private static StreamExecutionEnvironment environment(
      String backend, boolean unaligned, int parallelism) {
    Configuration configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, backend);
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(20));
    configuration.set(CheckpointingOptions.ENABLE_UNALIGNED, unaligned);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    return env;
  }

  private static DataStream<Event> events(StreamExecutionEnvironment env, int stride) {
    return env.fromSource(
            new GatedNumbers(EVENTS.size(), stride), WatermarkStrategy.noWatermarks(), "events")
        .setParallelism(1)
        .map(number -> EVENTS.get(number.intValue()))
        .returns(Types.EVENT)
        .setParallelism(1);
  }

  private static DataStream<Tag> tagging(
      StreamExecutionEnvironment env, int stride, DataStream<ModelSnapshot> models) {
    return tagging(env, stride, models, new TaggingOperator(Sample.model(0), TAGGING));
  }

  private static DataStream<Tag> tagging(
      StreamExecutionEnvironment env,
      int stride,
      DataStream<ModelSnapshot> models,
      TwoInputStreamOperator<Event, ModelSnapshot, Tag> operator) {
    return events(env, stride)
        .keyBy(Event::sequence, BasicTypeInfo.STRING_TYPE_INFO)
        .connect(models.broadcast())
        .transform("tagging", Types.TAG, operator)
        .uid("tagging");
  }

  /** A model stream that ends with nothing newer. */
  private static DataStream<ModelSnapshot> noModels(StreamExecutionEnvironment env) {
    return env.fromData(Types.MODEL_SNAPSHOT, Sample.model(0));
  }

  private static List<Tag> collect(DataStream<Tag> tags) throws Exception {
    List<Tag> collected = new ArrayList<>();
    try (CloseableIterator<Tag> iterator = tags.executeAndCollect()) {
      iterator.forEachRemaining(collected::add);
    }
    return collected;
  }

  private static Map<String, List<String>> bySequence(List<String> tags) {
    return tags.stream()
        .collect(groupingBy(tag -> tag.substring(0, tag.indexOf(' ')), TreeMap::new, toList()));
  }
}
