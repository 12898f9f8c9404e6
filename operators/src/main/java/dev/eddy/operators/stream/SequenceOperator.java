package dev.eddy.operators.stream;

import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Tags sequences when they end, by a network that has to see all of them first: bidirectional, or a
 * classifier. Until then the events are keyed state. Input 1: events, keyed by {@link
 * Event#sequence}. Input 2: newer models, broadcast. Output: one tag per event that has an input,
 * in the order of the sequence; of a classifier one tag, with the index of the last event.
 *
 * <p>Sequences that have ended gather in a bundle of at most {@code max-batch-size} events, or one
 * sequence that has more, which is run as one mini-batch. It waits for others as long as that of
 * {@link TaggingOperator} does, and is in no checkpoint either.
 *
 * <p>A sequence ends with its event that says so, and at the end of the input. One that grows to
 * {@code max-sequence-events} is tagged as if it ended there, counted, and goes on as a new one
 * whose index is not reset: so what is kept is bounded, and no event is lost. Where a checkpoint
 * holds more than that may be, of a sequence, all of it is tagged so with the next event.
 *
 * <p>Events for which a run gives no numbers get no tag: they are counted as failures and go to
 * {@link ReceivedRouter#DEAD_LETTERS}; where the one tag of a classifier is missing, all of the
 * sequence.
 */
public final class SequenceOperator extends AbstractStreamOperator<Tag>
    implements TwoInputStreamOperator<Event, ModelSnapshot, Tag>, BoundedMultiInput {
  private static final ListStateDescriptor<Event> EVENTS =
      new ListStateDescriptor<>("events", Types.EVENT);
  private static final ValueStateDescriptor<Integer> COUNT =
      new ValueStateDescriptor<>("count", BasicTypeInfo.INT_TYPE_INFO);
  private static final ValueStateDescriptor<Long> FIRST =
      new ValueStateDescriptor<>("first", BasicTypeInfo.LONG_TYPE_INFO);

  // configuration

  private final StartModel start;
  private final TaggingOptions options;

  // runtime

  private transient BroadcastState<String, ModelSnapshot> modelState;
  private transient ListState<Event> events;

  /** Events that are kept; null for none. */
  private transient ValueState<Integer> count;

  /** Index of the first event that is kept; null for 0. */
  private transient ValueState<Long> first;

  private transient ServingModels<WholeSequence> models;
  private transient TaggingMetrics metric;
  private transient BundleTimer timer;

  /** The bundle, in the order in which they ended, and how many events they have. */
  private transient List<Ended> ended;

  private transient int size;

  /**
   * A sequence, or a part of one that grew too long.
   *
   * @param first index of its first event
   */
  private record Ended(List<Event> events, long first) {}

  /**
   * @param start serves until a newer one is taken up; a checkpoint's model goes before it
   */
  public SequenceOperator(ModelSnapshot start, TaggingOptions options) {
    this.start = new StartModel(start);
    this.options = options;
  }

  // lifecycle

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    Refused.batchMode(getKeyedStateBackend(), "ends no sequence");
    modelState = context.getOperatorStateStore().getBroadcastState(ServingModels.DESCRIPTOR);
    events = context.getKeyedStateStore().getListState(EVENTS);
    count = context.getKeyedStateStore().getState(COUNT);
    first = context.getKeyedStateStore().getState(FIRST);
  }

  @Override
  public void open() throws Exception {
    super.open();
    models =
        new ServingModels<>(
            options,
            modelState,
            start.read(),
            model -> new WholeSequence(Kernels.best(), model),
            WholeSequence::close);
    metric = new TaggingMetrics(getMetricGroup(), models::version);
    metric.hiddenStates.inc(keys().size());
    timer = new BundleTimer(this, options.maxBatchDelay(), this::flush);
    ended = new ArrayList<>();
  }

  @Override
  public void processElement1(StreamRecord<Event> record) throws Exception {
    Event event = record.getValue();
    int kept = count.value() == null ? 0 : count.value();
    if (event.hasInput()) {
      if (kept == 0) {
        metric.hiddenStates.inc();
      }
      events.add(event);
      count.update(++kept);
    }
    if (event.end()) {
      end();
      first.clear();
    } else if (kept >= options.maxSequenceEvents()) {
      long next = begin() + kept;
      end();
      first.update(next);
      metric.sequencesCut.inc();
    }
  }

  @Override
  public void processElement2(StreamRecord<ModelSnapshot> record) throws Exception {
    if (models.offer(record.getValue(), metric.modelsRefused)) {
      takeUp();
    }
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    flush();
    super.processWatermark(mark);
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    flush();
  }

  /** The barrier has passed, so the checkpoint already records the model that is taken up here. */
  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    if (models.hasPending()) {
      takeUp();
    }
    super.snapshotState(context);
  }

  /** Ends every sequence, in the order of their names. */
  @Override
  public void endInput(int inputId) throws Exception {
    if (inputId == 1) {
      for (String key : keys()) {
        setCurrentKey(key);
        end();
        first.clear();
      }
      flush();
    }
  }

  @Override
  public void close() throws Exception {
    try {
      if (timer != null) {
        timer.close();
      }
      if (models != null) {
        models.close();
        models = null;
      }
    } finally {
      super.close();
    }
  }

  private void takeUp() throws Exception {
    flush();
    models.takeUp();
  }

  // tagging

  /** Sequences with events, sorted. */
  private List<String> keys() {
    try (Stream<String> keys =
        this.<String>getKeyedStateBackend().getKeys(COUNT.getName(), VoidNamespace.INSTANCE)) {
      return keys.sorted().toList();
    }
  }

  private long begin() throws Exception {
    return first.value() == null ? 0 : first.value();
  }

  /** Puts what is kept of the current sequence into the bundle, and keeps nothing. */
  private void end() throws Exception {
    List<Event> sequence = new ArrayList<>();
    events.get().forEach(sequence::add);
    if (sequence.isEmpty()) {
      return;
    }
    if (size + sequence.size() > options.maxBatchSize()) {
      flush();
    }
    boolean alone = ended.isEmpty() && timer.begin();
    ended.add(new Ended(sequence, begin()));
    size += sequence.size();
    events.clear();
    count.clear();
    metric.hiddenStates.dec();
    if (alone || size >= options.maxBatchSize()) {
      flush();
    } else {
      timer.await();
    }
  }

  /** Tags the sequences of the bundle. */
  private void flush() {
    if (ended.isEmpty()) {
      return;
    }
    metric.batchWait.update(timer.waited());
    models.network().runAll(ended.stream().map(Ended::events).toList());
    metric.requests.inc(size);
    boolean classifies = models.active().config().isClassifier();
    for (int s = 0; s < ended.size(); s++) {
      List<Event> sequence = ended.get(s).events;
      long from = ended.get(s).first;
      for (int i = classifies ? sequence.size() - 1 : 0; i < sequence.size(); i++) {
        if (!give(sequence.get(i), from + i, models.network().row(s, i))) {
          for (int lost = classifies ? 0 : i; lost <= i; lost++) {
            metric.failures.inc();
            output.collect(
                ReceivedRouter.DEAD_LETTERS,
                Untagged.record(
                    sequence.get(lost), from + lost, models.version(), options.fields()));
          }
        }
      }
    }
    metric.batchSize.update(size);
    metric.latency.update(timer.end());
    ended.clear();
    size = 0;
  }

  /** One tag: of an event, from a row of scores; false where these are no numbers. */
  private boolean give(Event event, long index, int row) {
    float[] scores = new float[models.active().config().labels().size()];
    models.network().scores(row, scores);
    Tag tag = models.tag(event, index, scores, models.network().label(row));
    if (tag == null) {
      return false;
    }
    output.collect(new StreamRecord<>(tag, event.time()));
    return true;
  }
}
