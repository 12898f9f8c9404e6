package dev.eddy.operators.stream;

import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.metrics.Counter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model that serves and the newer one that waits to be taken up, each with its network built
 * when it arrives, so that taking up is only an exchange. The one that serves is broadcast state,
 * the same at every subtask. The one that waits is in no checkpoint: it serves from its barrier on.
 *
 * <p>A checkpoint that is aborted may have reached some subtasks and not others; these follow at
 * the next, and each tag names its model.
 */
final class ServingModels<N> implements AutoCloseable {
  static final MapStateDescriptor<String, ModelSnapshot> DESCRIPTOR =
      new MapStateDescriptor<>("models", BasicTypeInfo.STRING_TYPE_INFO, Types.MODEL_SNAPSHOT);

  private static final Logger LOG = LoggerFactory.getLogger(ServingModels.class);
  private static final String ACTIVE = "active";

  private final TaggingOptions options;
  private final BroadcastState<String, ModelSnapshot> state;
  private final Function<ModelSnapshot, N> builder;
  private final Consumer<N> closer;

  private Loaded<N> active;
  private Loaded<N> pending;

  /** Of the active model, for other threads to read. */
  private volatile long version;

  /** A model and its network. */
  private record Loaded<N>(ModelSnapshot model, N network) {}

  /**
   * Goes on with the model of the state, or begins with the one that the job starts from.
   *
   * @param builder makes the network of a model
   * @param closer frees it
   */
  ServingModels(
      TaggingOptions options,
      BroadcastState<String, ModelSnapshot> state,
      ModelSnapshot start,
      Function<ModelSnapshot, N> builder,
      Consumer<N> closer)
      throws Exception {
    this.options = options;
    this.state = state;
    this.builder = builder;
    this.closer = closer;
    if (!state.contains(ACTIVE)) {
      state.put(ACTIVE, start);
    }
    ModelSnapshot serving = state.get(ACTIVE);
    Shapes.require(Shapes.differencesOfEvents(serving.config(), start.config()), serving, start);
    active = load(serving);
    version = serving.version();
  }

  ModelSnapshot active() {
    return active.model;
  }

  long version() {
    return version;
  }

  N network() {
    return active.network;
  }

  /**
   * What the active model says of an event; null where it gives no numbers.
   *
   * @param scores {@code [labels]}, kept by the tag where scores are asked for
   */
  Tag tag(Event event, long index, float[] scores, int label) {
    if (!Float.isFinite(scores[label])) {
      return null;
    }
    return new Tag(
        event.sequence(),
        index,
        active.model.config().labels().get(label),
        scores[label],
        active.model.version(),
        event.time(),
        options.scores() ? scores : null);
  }

  /**
   * Makes a newer model the pending one. Models of other names, and versions that are not newer
   * than what is known, pass by.
   *
   * @param refused counts it if it has other shapes, or no network can be built of it
   * @return whether the pending model is to be taken up at once
   */
  boolean offer(ModelSnapshot model, Counter refused) {
    if (!isTaken(model)) {
      refused.inc();
    }
    return pending != null && options.takeUp() == TakeUp.IMMEDIATE;
  }

  private boolean isTaken(ModelSnapshot model) {
    ModelSnapshot newest = pending == null ? active.model : pending.model;
    if (!model.name().equals(newest.name()) || model.version() <= newest.version()) {
      return true;
    }
    String differences =
        options.onOtherShapes() == OnOtherShapes.REFUSE
            ? Shapes.differences(active.model.config(), model.config())
            : Shapes.differencesOfEvents(active.model.config(), model.config());
    if (!differences.isEmpty()) {
      LOG.warn(
          "model {}: versions {} and {} differ: {}; the newer is refused",
          model.name(),
          active.model.version(),
          model.version(),
          differences);
      return false;
    }
    Loaded<N> loaded;
    try {
      loaded = load(model);
    } catch (RuntimeException e) {
      LOG.warn("model {}: version {} is refused", model.name(), model.version(), e);
      return false;
    }
    closePending();
    pending = loaded;
    return true;
  }

  boolean hasPending() {
    return pending != null;
  }

  /**
   * Makes the pending model the active one.
   *
   * @return true if the states of the sequences mean nothing to it
   */
  boolean takeUp() throws Exception {
    boolean reset = !Shapes.same(active.model.config(), pending.model.config());
    closer.accept(active.network);
    active = pending;
    pending = null;
    state.put(ACTIVE, active.model);
    version = active.model.version();
    LOG.info("model {}: version {} is active", active.model.name(), active.model.version());
    return reset;
  }

  @Override
  public void close() {
    closePending();
    if (active != null) {
      closer.accept(active.network);
      active = null;
    }
  }

  private Loaded<N> load(ModelSnapshot model) {
    return new Loaded<>(model, builder.apply(model));
  }

  private void closePending() {
    if (pending != null) {
      closer.accept(pending.network);
      pending = null;
    }
  }
}
