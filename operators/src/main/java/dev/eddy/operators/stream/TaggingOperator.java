package dev.eddy.operators.stream;

import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.HiddenState;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Tags events by a recurrent network whose memory of each sequence is keyed state. Input 1: events,
 * keyed by {@link Event#sequence}. Input 2: newer models, broadcast. Output: one tag per event that
 * has an input, in the order of arrival, with the event's timestamp.
 *
 * <p>Events of all sequences gather in a bundle. It is stepped when it is full; when the task has
 * no more input to read, and so the time for a step; when {@code max-batch-delay} has passed since
 * its first event; before a watermark, a checkpoint barrier and a change of the model goes by; and
 * at the end of the input. So it is in no checkpoint. A task that is busy has full bundles, and in
 * one that is not no event waits for others.
 *
 * <p>A language model may go on after an event that ends its sequence: the tags that it generates
 * follow that of the event, and the index goes on.
 *
 * <p>An event for which the network gives no numbers (as where an input overflows) gets no tag: it
 * is counted as a failure and goes to {@link ReceivedRouter#DEAD_LETTERS}, and its sequence goes on
 * as if it had not come, but for its {@code end}.
 */
public final class TaggingOperator extends AbstractStreamOperator<Tag>
    implements TwoInputStreamOperator<Event, ModelSnapshot, Tag>, BoundedMultiInput {
  private static final ValueStateDescriptor<HiddenState> HIDDEN =
      new ValueStateDescriptor<>("hidden", Types.HIDDEN_STATE);

  // configuration

  private final StartModel start;
  private final TaggingOptions options;

  // runtime

  private transient BroadcastState<String, ModelSnapshot> modelState;
  private transient ValueState<HiddenState> hidden;
  private transient long restoredKeys;
  private transient ServingModels<Stepper> models;
  private transient Generation generation;
  private transient TaggingMetrics metric;
  private transient Bundle bundle;

  private transient BundleTimer timer;

  /**
   * @param start serves until a newer one is taken up; a checkpoint's model goes before it
   */
  public TaggingOperator(ModelSnapshot start, TaggingOptions options) {
    this.start = new StartModel(start);
    this.options = options;
  }

  // lifecycle

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    Refused.batchMode(getKeyedStateBackend(), "orders events by key");
    modelState = context.getOperatorStateStore().getBroadcastState(ServingModels.DESCRIPTOR);
    hidden = context.getKeyedStateStore().getState(HIDDEN);
    if (context.isRestored()) {
      try (Stream<?> keys =
          getKeyedStateBackend().getKeys(HIDDEN.getName(), VoidNamespace.INSTANCE)) {
        restoredKeys = keys.count();
      }
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    models =
        new ServingModels<>(
            options,
            modelState,
            start.read(),
            model -> new Stepper(Kernels.best(), model, options.maxBatchSize()),
            Stepper::close);
    generation = new Generation(models, options);
    metric = new TaggingMetrics(getMetricGroup(), models::version);
    metric.hiddenStates.inc(restoredKeys);
    bundle = new Bundle();
    timer = new BundleTimer(this, options.maxBatchDelay(), this::flush);
  }

  /** Nothing asks for a state when an event arrives: the bundle names its sequence. */
  @Override
  @SuppressWarnings("rawtypes")
  public void setKeyContextElement1(StreamRecord record) {}

  @Override
  public void processElement1(StreamRecord<Event> record) throws Exception {
    if (options.generate().length() > 0 && bundle.hasEnded(record.getValue().sequence())) {
      flush(); // what follows the end needs the state that the next event would overwrite
    }
    boolean alone = bundle.size() == 0 && timer.begin();
    bundle.add(record);
    if (alone || bundle.size() == options.maxBatchSize()) {
      flush();
    } else {
      timer.await();
    }
  }

  @Override
  public void processElement2(StreamRecord<ModelSnapshot> record) throws Exception {
    if (models.offer(record.getValue(), metric.modelsRefused)) {
      takeUpPending();
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
    takeUpPending();
    super.snapshotState(context);
  }

  @Override
  public void endInput(int inputId) throws Exception {
    flush();
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

  // models

  private void takeUpPending() throws Exception {
    if (!models.hasPending()) {
      return;
    }
    flush();
    if (models.takeUp()) {
      // an empty state keeps the count of steps and loads as the zero state
      getKeyedStateBackend()
          .applyToAllKeys(
              VoidNamespace.INSTANCE,
              VoidNamespaceSerializer.INSTANCE,
              HIDDEN,
              (key, state) -> state.update(new HiddenState(state.value().steps(), new float[0])));
    }
  }

  // stepping

  /** Steps the bundle: one read of each state, one step per wave, one write of each state. */
  private void flush() throws Exception {
    int events = bundle.size();
    if (events == 0) {
      return;
    }
    metric.batchWait.update(timer.waited());
    List<Bundle.Row> rows = bundle.rows();
    long[] steps = load(rows);
    Tag[] tags = new Tag[events];
    int count = rows.size();
    for (int wave = 0; ; wave++) {
      while (count > 0 && rows.get(count - 1).steps() <= wave) {
        count--;
      }
      if (count == 0) {
        break;
      }
      step(wave, rows, count, steps, tags);
    }
    store(rows, steps);
    Map<Integer, List<Tag>> more = generation.after(bundle, rows, tags);
    for (int position = 0; position < events; position++) {
      if (tags[position] != null) {
        output.collect(bundle.arrival(position).replace(tags[position]));
        if (!more.isEmpty()) {
          for (Tag tag : more.getOrDefault(position, List.of())) {
            output.collect(bundle.arrival(position).replace(tag));
          }
        }
      }
    }
    bundle.clear();
    metric.batchSize.update(events);
    metric.latency.update(timer.end());
  }

  /**
   * Puts each sequence's state into its row; gives the index of each sequence's next event. First
   * all are looked up, then all are copied: most are in no cache, and short loops have several
   * misses under way at once.
   */
  private long[] load(List<Bundle.Row> rows) throws Exception {
    HiddenState[] states = new HiddenState[rows.size()];
    for (int row = 0; row < states.length; row++) {
      setCurrentKey(rows.get(row).sequence);
      states[row] = hidden.value();
    }
    long[] steps = new long[states.length];
    for (int row = 0; row < states.length; row++) {
      if (states[row] == null) {
        metric.hiddenStates.inc();
      } else {
        steps[row] = states[row].steps();
      }
      load(row, states[row]);
    }
    return steps;
  }

  private void load(int row, HiddenState state) {
    models.network().load(row, state == null || state.values().length == 0 ? null : state.values());
  }

  /** One timestep of all sequences that have one more. */
  private void step(int wave, List<Bundle.Row> rows, int count, long[] steps, Tag[] tags)
      throws Exception {
    Stepper stepper = models.network();
    for (int row = 0; row < count; row++) {
      if (rows.get(row).restarts(wave)) {
        stepper.load(row, null);
        steps[row] = 0;
      }
      stepper.input(row, event(rows.get(row), wave));
    }
    stepper.step(count);
    metric.requests.inc(count);
    float[] scratch = new float[models.active().config().labels().size()];
    List<Integer> failed = List.of();
    for (int row = 0; row < count; row++) {
      float[] scores = options.scores() ? new float[scratch.length] : scratch;
      stepper.scores(row, scores);
      Event event = event(rows.get(row), wave);
      int likeliest = stepper.label(row);
      int label = event.end() ? generation.label(likeliest, scores, event, steps[row]) : likeliest;
      Tag tag = models.tag(event, steps[row], scores, label);
      if (tag == null) {
        failed = failed.isEmpty() ? new ArrayList<>() : failed;
        failed.add(row);
        metric.failures.inc();
        output.collect(
            ReceivedRouter.DEAD_LETTERS,
            Untagged.record(event, steps[row], models.version(), options.fields()));
        continue;
      }
      tags[rows.get(row).position(wave)] = tag;
      steps[row]++;
    }
    for (int row : failed) {
      undo(wave, rows.get(row), row, tags);
    }
  }

  /**
   * Puts the state that a sequence had before its step of that wave back into its row, by stepping
   * what came before it once more: a row's bits do not depend on the rows beside it.
   */
  private void undo(int wave, Bundle.Row sequence, int row, Tag[] tags) throws Exception {
    Stepper stepper = models.network();
    float[] first = new float[stepper.stateSize()];
    stepper.store(0, first);
    int from = wave;
    while (from > sequence.knownAt && !sequence.restarts(from)) {
      from--;
    }
    if (sequence.restarts(from) || sequence.known != null) {
      stepper.load(0, sequence.restarts(from) ? null : sequence.known);
    } else {
      setCurrentKey(sequence.sequence);
      load(0, hidden.value());
    }
    for (int step = from; step < wave; step++) {
      if (tags[sequence.position(step)] != null) {
        stepper.input(0, event(sequence, step));
        stepper.step(1);
      }
    }
    float[] before = new float[stepper.stateSize()];
    stepper.store(0, before);
    stepper.load(0, first);
    stepper.load(row, before);
    sequence.knownAt = wave;
    sequence.known = before;
  }

  private Event event(Bundle.Row row, int wave) {
    return bundle.arrival(row.position(wave)).getValue();
  }

  private void store(List<Bundle.Row> rows, long[] steps) throws Exception {
    for (int row = 0; row < steps.length; row++) {
      setCurrentKey(rows.get(row).sequence);
      if (rows.get(row).ended || steps[row] == 0) {
        hidden.clear();
        metric.hiddenStates.dec();
      } else {
        float[] values = new float[models.network().stateSize()];
        models.network().store(row, values);
        hidden.update(new HiddenState(steps[row], values));
      }
    }
  }
}
