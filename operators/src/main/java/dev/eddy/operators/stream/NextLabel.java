package dev.eddy.operators.stream;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.Types;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Gives each event the label of the next of its sequence, which is what a language model learns.
 * Input and output: events, keyed by {@link Event#sequence}. An event follows when the next has
 * come; until then it is keyed state. The last of a sequence has the label of the bare {@code end}
 * after it, or none. One that is the last when the input ends has nothing to teach and never
 * follows.
 */
public final class NextLabel extends KeyedProcessFunction<String, Event, Event> {
  private static final ValueStateDescriptor<Event> LAST =
      new ValueStateDescriptor<>("last", Types.EVENT);

  private transient ValueState<Event> last;

  @Override
  public void open(OpenContext context) {
    last = getRuntimeContext().getState(LAST);
  }

  @Override
  public void processElement(Event event, Context context, Collector<Event> output)
      throws Exception {
    Event before = last.value();
    if (before != null) {
      Event taught = before.labelled(event.label());
      output.collect(event.hasInput() ? taught : taught.ended());
    }
    if (!event.end()) {
      last.update(event);
      return;
    }
    last.clear();
    if (event.hasInput()) {
      output.collect(event.labelled(Event.NO_LABEL));
    }
  }
}
