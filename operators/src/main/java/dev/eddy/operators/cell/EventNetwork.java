package dev.eddy.operators.cell;

import dev.eddy.serialization.Event;
import java.util.List;

/**
 * A network that takes a sequence event by event, and whose memory of it is rows of floats: so that
 * whoever runs it can keep the memories of many sequences. Used by one thread.
 */
public interface EventNetwork extends AutoCloseable {
  /**
   * Takes the next event of a sequence.
   *
   * @param memory of the sequence, empty at its beginning; changed in place
   * @return what the network says now, null for nothing yet
   * @throws IllegalArgumentException if the event cannot be taken, for example by a rule of an
   *     operation; whoever keeps the memory keeps it as it was
   * @throws IndexOutOfBoundsException likewise, of a place that something does not have
   */
  float[] next(List<float[]> memory, Event event);

  @Override
  void close();
}
