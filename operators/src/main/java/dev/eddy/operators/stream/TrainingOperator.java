package dev.eddy.operators.stream;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.OnlineTrainer;
import dev.eddy.operators.training.OnlineTrainer.Outcome;
import dev.eddy.serialization.HiddenState;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StatePartitionStreamProvider;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Learns while the stream runs. Input: windows, keyed by {@link Window#sequence}; the state that a
 * sequence carries from window to window is keyed state. Output: the score of each mini-batch that
 * has labels; and to {@link #MODELS} a newer model after every {@code publish-every} labelled
 * events, and at the end of the input if anything was learned since. Runs at parallelism 1.
 *
 * <p>What is learned depends on the order of the input alone, never on clocks, watermarks or
 * barriers. A mini-batch trains when windows of {@code batch} sequences wait. A smaller one trains
 * when the greatest event time seen has moved by {@code patience} since the oldest was queued; when
 * {@value #LIMIT} mini-batches wait of too few sequences; and, until none is left, at the end of
 * the input.
 *
 * <p>A mini-batch whose loss or gradient is no number teaches nothing: it is counted and gets no
 * score. A sequence whose state is no number goes on from the zero state. A version whose weights
 * are no numbers is counted and not published.
 */
public final class TrainingOperator extends AbstractStreamOperator<Score>
    implements OneInputStreamOperator<Window, Score>, BoundedOneInput {
  public static final OutputTag<ModelSnapshot> MODELS =
      new OutputTag<>("models", Types.MODEL_SNAPSHOT);

  /** Most windows that wait, in mini-batches. */
  private static final int LIMIT = 4;

  /**
   * Tens of megabytes, so written to the operator's raw state in blocks: Flink writes managed
   * operator state byte by byte.
   */
  private static final TypeSerializer<TrainingState> LEARNED =
      Types.TRAINING_STATE.createSerializer(new SerializerConfigImpl());

  private static final ValueStateDescriptor<HiddenState> CARRIED =
      new ValueStateDescriptor<>("carried", Types.HIDDEN_STATE);
  private static final ListStateDescriptor<TrainingProgress> PROGRESS =
      new ListStateDescriptor<>("progress", TypeInformation.of(TrainingProgress.class));
  private static final ListStateDescriptor<Long> TIME =
      new ListStateDescriptor<>("time", BasicTypeInfo.LONG_TYPE_INFO);
  private static final ListStateDescriptor<Tuple3<Long, Long, Window>> WAITING =
      new ListStateDescriptor<>(
          "waiting",
          new TupleTypeInfo<>(
              BasicTypeInfo.LONG_TYPE_INFO, BasicTypeInfo.LONG_TYPE_INFO, Types.WINDOW));

  // configuration

  private final StartModel start;
  private final TrainingOptions options;

  // runtime

  private transient ValueState<HiddenState> carried;
  private transient ListState<TrainingProgress> progressState;
  private transient ListState<Long> timeState;
  private transient ListState<Tuple3<Long, Long, Window>> waiting;

  private transient OnlineTrainer trainer;
  private transient String model;
  private transient TrainingMetrics metric;
  private transient WindowQueue queue;
  private transient volatile TrainingProgress progress;

  /** Greatest event time seen, epoch milliseconds. */
  private transient long time;

  /** What was learned, as of the last checkpoint or its restore; null once more was learned. */
  private transient TrainingState learned;

  /**
   * @param start is learned from; what a checkpoint holds goes before it, but for the version:
   *     those that are published are numbered on from the greater one
   */
  public TrainingOperator(ModelSnapshot start, TrainingOptions options) {
    this.start = new StartModel(start);
    this.options = options;
  }

  // lifecycle

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    int parallelism = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    if (parallelism != 1) {
      throw Refused.because(
          "parallelism of the training operator is " + parallelism + "; must be 1");
    }
    Refused.batchMode(getKeyedStateBackend(), "orders windows by key");
    carried = context.getKeyedStateStore().getState(CARRIED);
    learned = null;
    for (StatePartitionStreamProvider partition : context.getRawOperatorStateInputs()) {
      try (InputStream in = partition.getStream()) {
        learned = LEARNED.deserialize(new DataInputViewStreamWrapper(in));
      }
    }
    progressState = context.getOperatorStateStore().getListState(PROGRESS);
    timeState = context.getOperatorStateStore().getListState(TIME);
    waiting = context.getOperatorStateStore().getListState(WAITING);
  }

  @Override
  public void open() throws Exception {
    super.open();
    Kernel kernel = Kernels.best();
    queue = new WindowQueue();
    time = Long.MIN_VALUE;
    ModelSnapshot first = start.read();
    model = first.name();
    OnlineTrainer.Options taught = options.trainer(first.config());
    OnlineTrainer.warmUp(kernel, first, taught);
    if (learned != null) {
      ModelSnapshot last = learned.model();
      Shapes.require(Shapes.differences(last.config(), first.config()), last, first);
      requireItsOptimizer(options.learning(), learned);
      TrainingState state = learned.with(Shapes.withDropoutOf(first.config(), last));
      trainer = new OnlineTrainer(kernel, state, taught);
      progress = progressState.get().iterator().next().numberedFrom(first.version());
      time = timeState.get().iterator().next();
      int length = options.length(first.config());
      waiting.get().forEach(window -> queue.restore(window, length, taught.window()));
    } else {
      trainer = new OnlineTrainer(kernel, first, taught);
      progress = TrainingProgress.from(first.version());
    }
    metric = new TrainingMetrics(getMetricGroup(), () -> progress, queue::size);
  }

  private static void requireItsOptimizer(Learning learning, TrainingState checkpoint) {
    if (!learning.goesOnFrom(checkpoint)) {
      boolean sgd = learning.algorithm() == Learning.Algorithm.SGD;
      throw Refused.because(
          "the checkpoint is of optimizer %s, eddy.training.optimizer is %s; must match"
              .formatted(
                  sgd ? "adam or adamw" : "sgd",
                  learning.algorithm().name().toLowerCase(Locale.ROOT)));
    }
  }

  @Override
  public void processElement(StreamRecord<Window> record) throws Exception {
    Window window = record.getValue();
    if (window.events().isEmpty()) {
      if (window.end() && !queue.end(window.sequence())) {
        carried.clear();
      }
      return;
    }
    window.events().forEach(event -> time = Math.max(time, event.time()));
    queue.add(window, time);
    while (queue.sequences() >= options.batch()
        || queue.size() >= LIMIT * options.batch()
        || (queue.size() > 0 && time - queue.oldest() >= options.patience().toMillis())) {
      train();
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    if (learned == null) {
      learned = trainer.state();
    }
    context.getRawOperatorStateOutput().startNewPartition();
    LEARNED.serialize(
        learned, new DataOutputViewStreamWrapper(context.getRawOperatorStateOutput()));
    progressState.update(List.of(progress));
    timeState.update(List.of(time));
    waiting.update(queue.content());
  }

  @Override
  public void endInput() throws Exception {
    while (queue.size() > 0) {
      train();
    }
    if (progress.unpublished() > 0) {
      publish();
    }
  }

  @Override
  public void close() throws Exception {
    try {
      if (trainer != null) {
        trainer.close();
        trainer = null;
      }
    } finally {
      super.close();
    }
  }

  // learning

  private void train() throws Exception {
    Object keyBefore = getCurrentKey();
    List<Window> windows = queue.take(options.batch());
    List<HiddenState> before = new ArrayList<>(windows.size());
    List<float[]> states = new ArrayList<>(windows.size());
    for (Window window : windows) {
      setCurrentKey(window.sequence());
      HiddenState state = carried.value();
      before.add(state);
      states.add(state == null ? null : state.values());
    }
    Outcome outcome = trainer.train(windows, states);
    learned = null;
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      setCurrentKey(window.sequence());
      float[] after = outcome.states().get(i);
      if (window.end() || !isFinite(after)) {
        carried.clear();
      } else {
        long steps = before.get(i) == null ? 0 : before.get(i).steps();
        carried.update(new HiddenState(steps + window.events().size(), after));
      }
    }
    if (keyBefore != null) {
      setCurrentKey(keyBefore);
    }
    if (!Double.isFinite(outcome.loss()) || !Double.isFinite(outcome.gradientNorm())) {
      metric.skipped.inc();
      LOG.warn("a mini-batch of {} windows has no finite loss; skipped", windows.size());
      return;
    }
    if (outcome.scored() == 0) {
      return;
    }
    long version = progress.version();
    progress = progress.with(outcome);
    metric.learned(outcome);
    output.collect(
        new StreamRecord<>(
            new Score(
                model,
                progress.batches(),
                outcome.scored(),
                outcome.correct(),
                progress.events(),
                outcome.loss() / outcome.scored(),
                outcome.gradientNorm(),
                time,
                version),
            time));
    if (progress.unpublished() >= options.publishEvery()) {
      publish();
    }
  }

  private static boolean isFinite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private void publish() {
    progress = progress.withPublished();
    learned = null;
    ModelSnapshot newer = trainer.snapshot(progress.version());
    if (newer.tensors().values().stream().allMatch(TrainingOperator::isFinite)) {
      output.collect(MODELS, new StreamRecord<>(newer, time));
    } else {
      metric.unpublished.inc();
      LOG.warn(
          "model {}: version {} has weights that are no numbers; not published",
          model,
          newer.version());
    }
  }
}
