package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Received;
import java.util.List;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try")
class ReceivedRouterTest {
  @Test
  void eventsGoOnAndDeadLettersAside() throws Exception {
    Event event = Sample.event("a", 7, 1, 2, 3);
    DeadLetter letter = new DeadLetter(null, new byte[] {1}, "reason", "topic", 0, 1, 8);
    try (var router =
        new OneInputStreamOperatorTestHarness<>(new ProcessOperator<>(new ReceivedRouter()))) {
      router.open();
      router.processElement(new Received(event, null), 7);
      router.processElement(new Received(null, letter), 8);
      assertEquals(List.of(new StreamRecord<>(event, 7)), List.copyOf(router.getRecordOutput()));
      assertEquals(
          List.of(new StreamRecord<>(letter, 8)),
          List.copyOf(router.getSideOutput(ReceivedRouter.DEAD_LETTERS)));
    }
  }
}
