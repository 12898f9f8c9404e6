package dev.eddy.operators.stream;

import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelTopic;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Cuts a model into the records of the model topic and deletes the version that became too old. No
 * barrier comes between the records of one version, so one transaction holds them all.
 */
public final class ModelSplitter implements FlatMapFunction<ModelSnapshot, ModelRecord> {
  /** Versions that the topic keeps. */
  static final int KEPT = 4;

  @Override
  public void flatMap(ModelSnapshot model, Collector<ModelRecord> records) {
    List<ModelRecord> split = ModelTopic.split(model);
    split.forEach(records::collect);
    long old = model.version() - KEPT;
    if (old > 0) {
      ModelTopic.delete(split, model.name(), old).forEach(records::collect);
    }
  }
}
