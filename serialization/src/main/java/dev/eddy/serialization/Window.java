package dev.eddy.serialization;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * Consecutive events of one sequence, ready to train.
 *
 * @param end the sequence ends with the last event; its carried state is dropped after training
 */
@TypeInfo(Types.Factory.class)
public record Window(String sequence, List<Event> events, boolean end) {
  public Window {
    events = List.copyOf(events);
    for (Event event : events) {
      if (!event.sequence().equals(sequence)) {
        throw new IllegalArgumentException(
            "window of '" + sequence + "' holds an event of '" + event.sequence() + "'");
      }
    }
  }

  /**
   * Itself in windows of {@code length} events, in order, while more than {@code most} are left;
   * the last window has these, and carries the end.
   */
  public List<Window> pieces(int length, int most) {
    List<Window> pieces = new ArrayList<>();
    int from = 0;
    for (; events.size() - from > most; from += length) {
      pieces.add(new Window(sequence, events.subList(from, from + length), false));
    }
    pieces.add(new Window(sequence, events.subList(from, events.size()), end));
    return pieces;
  }
}
