package dev.eddy.operators.stream;

import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.model.ModelAssembly;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the models of one name together from the records of the model topic, whole and verified, so
 * that it is done once before they are broadcast. Parts that wait for their manifest are operator
 * state. A version that cannot be used is logged and counted; of versions that are not newer than
 * the newest so far, which pass by, all are counted and the first is logged. Runs at parallelism 1.
 */
public final class ModelAssembler extends ProcessFunction<ModelRecord, ModelSnapshot>
    implements CheckpointedFunction {
  private static final Logger LOG = LoggerFactory.getLogger(ModelAssembler.class);
  private static final ListStateDescriptor<ModelRecord> PARTS =
      new ListStateDescriptor<>("parts", Types.MODEL_RECORD);
  private static final ListStateDescriptor<Long> NEWEST =
      new ListStateDescriptor<>("newest", BasicTypeInfo.LONG_TYPE_INFO);

  private final String name;

  private transient ListState<ModelRecord> parts;
  private transient ListState<Long> newest;
  private transient ModelAssembly assembly;
  private transient Counter corrupt;
  private transient Counter stale;

  /**
   * @param name models of other names pass by
   */
  public ModelAssembler(String name) {
    this.name = name;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    parts = context.getOperatorStateStore().getListState(PARTS);
    newest = context.getOperatorStateStore().getListState(NEWEST);
    assembly = new ModelAssembly(name, -1);
    for (long version : newest.get()) {
      assembly = new ModelAssembly(name, version);
    }
    for (ModelRecord part : parts.get()) {
      assembly.accept(part);
    }
  }

  @Override
  public void open(OpenContext context) {
    int parallelism = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    if (parallelism != 1) {
      throw Refused.because("parallelism of the model assembler is " + parallelism + "; must be 1");
    }
    corrupt = getRuntimeContext().getMetricGroup().counter("modelsCorrupt");
    stale = getRuntimeContext().getMetricGroup().counter("modelsStale");
  }

  @Override
  public void processElement(ModelRecord record, Context context, Collector<ModelSnapshot> models) {
    ModelAssembly.Outcome outcome = assembly.accept(record);
    if (outcome.model() != null) {
      models.collect(outcome.model());
    } else if (outcome.problem() != null) {
      corrupt.inc();
      LOG.warn("{}", outcome.problem());
    } else if (outcome.stale() != null) {
      stale.inc();
      if (stale.getCount() == 1) {
        LOG.warn("{}; it passes by, as will others", outcome.stale());
      }
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    parts.update(assembly.pending());
    newest.update(List.of(assembly.newest()));
  }
}
