package dev.eddy.operators.stream;

import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Types;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
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
final class ServingModels implements AutoCloseable {
  static final MapStateDescriptor<String, ModelSnapshot> DESCRIPTOR =
      new MapStateDescriptor<>("models", BasicTypeInfo.STRING_TYPE_INFO, Types.MODEL_SNAPSHOT);

  private static final Logger LOG = LoggerFactory.getLogger(ServingModels.class);
  private static final String ACTIVE = "active";

  private final Kernel kernel;
  private final TaggingOptions options;
  private final BroadcastState<String, ModelSnapshot> state;

  private Loaded active;
  private Loaded pending;

  /** A model and its network. */
  private record Loaded(ModelSnapshot model, Stepper stepper) {}

  /** Goes on with the model of the state, or begins with the one that the job starts from. */
  ServingModels(
      Kernel kernel,
      TaggingOptions options,
      BroadcastState<String, ModelSnapshot> state,
      ModelSnapshot start)
      throws Exception {
    this.kernel = kernel;
    this.options = options;
    this.state = state;
    if (!state.contains(ACTIVE)) {
      state.put(ACTIVE, start);
    }
    ModelSnapshot serving = state.get(ACTIVE);
    Shapes.require(Shapes.readSameEvents(serving.config(), start.config()), serving, start);
    active = load(serving);
  }

  ModelSnapshot active() {
    return active.model;
  }

  Stepper stepper() {
    return active.stepper;
  }

  /**
   * Makes a newer model the pending one. Models of other names, and versions that are not newer
   * than what is known, pass by.
   *
   * @return false if it had to be refused: other shapes, or no network can be built of it
   */
  boolean offer(ModelSnapshot model) {
    ModelSnapshot newest = pending == null ? active.model : pending.model;
    if (!model.name().equals(newest.name()) || model.version() <= newest.version()) {
      return true;
    }
    if (!Shapes.same(active.model.config(), model.config())
        && (options.onOtherShapes() == OnOtherShapes.REFUSE
            || !Shapes.readSameEvents(active.model.config(), model.config()))) {
      LOG.warn(
          "model {}: version {} has other shapes or labels than version {}; refused",
          model.name(),
          model.version(),
          active.model.version());
      return false;
    }
    Loaded loaded;
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
    active.stepper.close();
    active = pending;
    pending = null;
    state.put(ACTIVE, active.model);
    LOG.info("model {}: version {} is active", active.model.name(), active.model.version());
    return reset;
  }

  @Override
  public void close() {
    closePending();
    if (active != null) {
      active.stepper.close();
      active = null;
    }
  }

  private Loaded load(ModelSnapshot model) {
    return new Loaded(model, new Stepper(kernel, model, options.maxBatchSize()));
  }

  private void closePending() {
    if (pending != null) {
      pending.stepper.close();
      pending = null;
    }
  }
}
