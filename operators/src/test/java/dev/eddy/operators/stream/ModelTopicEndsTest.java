package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Types;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try")
class ModelTopicEndsTest {
  /** Wide enough for several parts. */
  private static final ModelSnapshot WIDE = Sample.model(1, 200);

  @Test
  void whatWasSplitIsAssembled() throws Exception {
    List<ModelRecord> records = new ArrayList<>(split(WIDE));
    records.addAll(split(Sample.model(2)));
    assertTrue(split(WIDE).size() > 2, "records " + split(WIDE).size());
    try (var assembler = assembler(null)) {
      for (ModelRecord record : records) {
        assembler.processElement(record, 0);
      }
      assertEquals(
          List.of(TrainingHarness.text(WIDE), TrainingHarness.text(Sample.model(2))),
          assembler.extractOutputValues().stream().map(TrainingHarness::text).toList());
    }
  }

  @Test
  void partsThatWaitAreRestored() throws Exception {
    List<ModelRecord> records = split(WIDE);
    for (int cut = 0; cut <= records.size(); cut++) {
      List<String> models = new ArrayList<>();
      OperatorSubtaskState state;
      try (var assembler = assembler(null)) {
        for (ModelRecord record : records.subList(0, cut)) {
          assembler.processElement(record, 0);
        }
        state = assembler.snapshot(1, 0);
        assembler.extractOutputValues().forEach(model -> models.add(TrainingHarness.text(model)));
      }
      try (var assembler = assembler(state)) {
        for (ModelRecord record : records.subList(cut, records.size())) {
          assembler.processElement(record, 0);
        }
        assembler.extractOutputValues().forEach(model -> models.add(TrainingHarness.text(model)));
        assertEquals(List.of(TrainingHarness.text(WIDE)), models, "cut at " + cut);
        // a version that is known is not given again
        int given = assembler.extractOutputValues().size();
        for (ModelRecord record : records) {
          assembler.processElement(record, 0);
        }
        assertEquals(given, assembler.extractOutputValues().size());
      }
    }
  }

  @Test
  void corruptModelIsCountedAndPassesBy() throws Exception {
    List<ModelRecord> records = split(Sample.model(1));
    byte[] bytes = records.get(0).value().clone();
    bytes[bytes.length - 1] ^= 1;
    try (var assembler = assembler(null)) {
      assembler.processElement(new ModelRecord(records.get(0).key(), bytes), 0);
      assembler.processElement(records.get(1), 0);
      assertEquals(0, assembler.extractOutputValues().size());
      Counter corrupt = Metrics.of(assembler.getOperator(), Counter.class, "modelsCorrupt");
      assertEquals(1, corrupt.getCount());
      for (ModelRecord record : split(Sample.model(2))) {
        assembler.processElement(record, 0);
      }
      assertEquals(2, assembler.extractOutputValues().get(0).version());
    }
  }

  @Test
  void versionsThatAreNotNewerAreCountedAndPassBy() throws Exception {
    try (var assembler = assembler(null)) {
      for (int version : List.of(4, 5, 1, 2, 5, 6)) {
        for (ModelRecord record : split(Sample.model(version))) {
          assembler.processElement(record, 0);
        }
      }
      assertEquals(
          List.of(4L, 5L, 6L),
          assembler.extractOutputValues().stream().map(ModelSnapshot::version).toList());
      assertEquals(3, Metrics.of(assembler.getOperator(), Counter.class, "modelsStale").getCount());
    }
  }

  @Test
  void topicKeepsTheLastVersions() {
    Map<String, ModelRecord> compacted = new LinkedHashMap<>();
    for (int version = 1; version <= 9; version++) {
      for (ModelRecord record : split(Sample.model(version))) {
        if (record.value() == null) {
          compacted.remove(record.key());
        } else {
          compacted.put(record.key(), record);
        }
      }
    }
    List<String> kept = new ArrayList<>();
    for (int version = 6; version <= 9; version++) {
      kept.add("sample/" + version + "/0");
      kept.add("sample/" + version + "/manifest");
    }
    assertEquals(kept, List.copyOf(compacted.keySet()));
  }

  @Test
  void otherParallelismIsRefused() throws Exception {
    try (var assembler =
        new OneInputStreamOperatorTestHarness<>(
            new ProcessOperator<>(new ModelAssembler("sample")), 16, 2, 0)) {
      assembler.setup(Types.MODEL_SNAPSHOT.createSerializer(new SerializerConfigImpl()));
      Throwable refused = assertThrows(SuppressRestartsException.class, assembler::open).getCause();
      assertEquals("parallelism of the model assembler is 2; must be 1", refused.getMessage());
    }
  }

  private static List<ModelRecord> split(ModelSnapshot model) {
    List<ModelRecord> records = new ArrayList<>();
    new ModelSplitter().flatMap(model, new ListCollector<>(records));
    return records;
  }

  private static OneInputStreamOperatorTestHarness<ModelRecord, ModelSnapshot> assembler(
      OperatorSubtaskState state) throws Exception {
    var assembler =
        new OneInputStreamOperatorTestHarness<>(
            new ProcessOperator<>(new ModelAssembler("sample")));
    assembler.setup(Types.MODEL_SNAPSHOT.createSerializer(new SerializerConfigImpl()));
    if (state != null) {
      assembler.initializeState(state);
    }
    assembler.open();
    return assembler;
  }
}
