package dev.eddy.operators.stream;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Types;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Parts what was received: events go on, dead letters go to {@link #DEAD_LETTERS}. */
public final class ReceivedRouter extends ProcessFunction<Received, Event> {
  public static final OutputTag<DeadLetter> DEAD_LETTERS =
      new OutputTag<>("dead-letters", Types.DEAD_LETTER);

  @Override
  public void processElement(Received received, Context context, Collector<Event> events) {
    if (received.event() != null) {
      events.collect(received.event());
    } else {
      context.output(DEAD_LETTERS, received.deadLetter());
    }
  }
}
