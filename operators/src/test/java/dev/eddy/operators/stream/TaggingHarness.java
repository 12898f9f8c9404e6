package dev.eddy.operators.stream;

import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.metrics.TimerGauge;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.KeyedTwoInputStreamOperatorTestHarness;

/** One subtask of tagging on Flink's own test harness, and what its tests ask of it. */
final class TaggingHarness implements AutoCloseable {
  static final int MAX_PARALLELISM = 16;
  static final TaggingOptions OPTIONS = options(64);

  private final KeyedTwoInputStreamOperatorTestHarness<String, Event, ModelSnapshot, Tag> harness;
  private long checkpoints;

  TaggingHarness(TaggingOptions options, OperatorSubtaskState state) throws Exception {
    this(options, state, 1, 0);
  }

  TaggingHarness(TaggingOptions options, OperatorSubtaskState state, int parallelism, int index)
      throws Exception {
    this(Sample.model(0), options, state, parallelism, index);
  }

  TaggingHarness(
      ModelSnapshot start,
      TaggingOptions options,
      OperatorSubtaskState state,
      int parallelism,
      int index)
      throws Exception {
    this(new TaggingOperator(start, options), state, parallelism, index);
  }

  /** Either operator of tagging. */
  TaggingHarness(
      TwoInputStreamOperator<Event, ModelSnapshot, Tag> operator,
      OperatorSubtaskState state,
      int parallelism,
      int index)
      throws Exception {
    harness =
        new KeyedTwoInputStreamOperatorTestHarness<>(
            operator,
            Event::sequence,
            model -> "",
            BasicTypeInfo.STRING_TYPE_INFO,
            MAX_PARALLELISM,
            parallelism,
            index);
    harness.setup(Types.TAG.createSerializer(new SerializerConfigImpl()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
  }

  static TaggingOptions options(int maxBatchSize) {
    return options(maxBatchSize, TakeUp.CHECKPOINT, OnOtherShapes.REFUSE);
  }

  static TaggingOptions options(int maxBatchSize, TakeUp takeUp, OnOtherShapes shapes) {
    return new TaggingOptions(maxBatchSize, Duration.ofMillis(20), true, takeUp, shapes);
  }

  KeyedTwoInputStreamOperatorTestHarness<String, Event, ModelSnapshot, Tag> harness() {
    return harness;
  }

  void process(List<Event> events) throws Exception {
    for (Event event : events) {
      harness.processElement1(event, event.time());
    }
  }

  /** Without a key, as the broadcast input has none. */
  void model(ModelSnapshot model) throws Exception {
    ((TwoInputStreamOperator<?, ModelSnapshot, ?>) harness.getOperator())
        .processElement2(new StreamRecord<>(model));
  }

  /** A checkpoint as a task takes it: the bundle is flushed before the barrier. */
  OperatorSubtaskState checkpoint() throws Exception {
    checkpoints++;
    harness.prepareSnapshotPreBarrier(checkpoints);
    return harness.snapshot(checkpoints, 0);
  }

  /** Has the task find no more input, and run what it is then asked to. */
  void idle() throws Exception {
    TimerGauge idleTime =
        harness.getEnvironment().getMetricGroup().getIOMetricGroup().getIdleTimeMsPerSecond();
    idleTime.markStart();
    TaskMailbox mailbox = harness.getTaskMailbox();
    for (var mail = mailbox.tryTake(TaskMailbox.MIN_PRIORITY);
        mail.isPresent();
        mail = mailbox.tryTake(TaskMailbox.MIN_PRIORITY)) {
      mail.get().run();
    }
    idleTime.markEnd();
  }

  void end() throws Exception {
    harness.endInput1();
    harness.endInput2();
  }

  /** All tags so far. */
  List<String> tags() {
    return harness.extractOutputValues().stream().map(Sample::text).toList();
  }

  /** All events so far that got no tag. */
  List<DeadLetter> deadLetters() {
    return harness.getSideOutput(ReceivedRouter.DEAD_LETTERS).stream()
        .map(StreamRecord::getValue)
        .toList();
  }

  <M extends Metric> M metric(Class<M> type, String name) throws Exception {
    return Metrics.of(harness.getOperator(), type, name);
  }

  long counter(String name) throws Exception {
    return metric(Counter.class, name).getCount();
  }

  @Override
  public void close() {
    try {
      harness.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
