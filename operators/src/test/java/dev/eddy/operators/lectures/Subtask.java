package dev.eddy.operators.lectures;

import dev.eddy.operators.stream.EventNetworkFunction;
import dev.eddy.serialization.Event;
import java.util.List;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** One subtask of a function for networks, on Flink's own test harness. */
final class Subtask implements AutoCloseable {
  private final KeyedOneInputStreamOperatorTestHarness<String, Event, Tuple2<String, float[]>>
      harness;

  Subtask(EventNetworkFunction function, OperatorSubtaskState state) throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(function), Event::sequence, BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup();
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
  }

  void process(List<Event> events) throws Exception {
    for (Event event : events) {
      harness.processElement(event, event.time());
    }
  }

  OperatorSubtaskState snapshot() throws Exception {
    return harness.snapshot(1, 1);
  }

  List<Tuple2<Event, String>> refused() {
    return harness.getSideOutput(EventNetworkFunction.REFUSED).stream()
        .map(StreamRecord::getValue)
        .toList();
  }

  List<Tuple2<String, float[]>> said() {
    return harness.extractOutputValues();
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
