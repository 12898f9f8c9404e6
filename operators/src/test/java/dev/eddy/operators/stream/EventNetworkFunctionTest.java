package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.EventNetwork;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.Event;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

/** An event that the network's own rules refuse costs that event, not the job. */
class EventNetworkFunctionTest {
  /** Adds up the embeddings of the numbers that a sequence names: 1, 10 and 100. */
  private static final class Sums implements EventNetwork {
    private final Weights weights;
    private final Tape tape;
    private final int[] index = new int[1];
    private final Node row;

    Sums(Kernel kernel) {
      weights = new Weights(kernel, 1);
      tape = new Tape(kernel);
      row = weights.embedding(tape, "numbers", 3, 1, index);
      weights.set(Map.of("numbers", new float[] {1, 10, 100}));
    }

    @Override
    public float[] next(List<float[]> memory, Event event) {
      index[0] = (int) event.features()[0];
      tape.forward();
      float[] sum = row.value().get();
      sum[0] += memory.isEmpty() ? 0 : memory.get(0)[0];
      memory.clear();
      memory.add(sum);
      return sum;
    }

    @Override
    public void close() {
      tape.close();
      weights.close();
    }
  }

  @Test
  void whatIsNotThereIsRefusedWithTheRuleAndTheSequenceGoesOn() throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new EventNetworkFunction(Sums::new)),
            Event::sequence,
            BasicTypeInfo.STRING_TYPE_INFO);
    try {
      harness.open();
      float[][] numbers = {{1}, {3}, {-1}, {}, {2}};
      for (int t = 0; t < numbers.length; t++) {
        Event event = new Event("s", null, numbers[t], Event.NO_LABEL, t, false);
        harness.processElement(event, t);
      }
      List<Tuple2<Event, String>> refused =
          harness.getSideOutput(EventNetworkFunction.REFUSED).stream()
              .map(StreamRecord::getValue)
              .toList();
      String rule = " at 0; must be at least 0 and below 3, the rows of the table";
      assertEquals(
          List.of(
              "embeddingBag: index 3" + rule,
              "embeddingBag: index -1" + rule,
              "Index 0 out of bounds for length 0"),
          refused.stream().map(r -> r.f1).toList());
      assertEquals(List.of(1L, 2L, 3L), refused.stream().map(r -> r.f0.time()).toList());
      List<Tuple2<String, float[]>> said = harness.extractOutputValues();
      assertEquals(2, said.size());
      assertArrayEquals(new float[] {10}, said.get(0).f1);
      assertArrayEquals(new float[] {110}, said.get(1).f1);
    } finally {
      harness.close();
    }
  }
}
