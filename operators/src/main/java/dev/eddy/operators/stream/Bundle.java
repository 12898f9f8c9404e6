package dev.eddy.operators.stream;

import dev.eddy.serialization.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Events that wait to be stepped together, in the order of their arrival, and their grouping by
 * sequence. The k-th steps of all sequences form wave k: with the sequences sorted by their number
 * of steps, longest first, wave k is the rows {@code [0, n_k)}.
 */
final class Bundle {
  /** The steps of one sequence within the bundle. */
  static final class Row {
    private static final Comparator<Row> LONGEST_FIRST =
        Comparator.comparingInt(Row::steps).reversed();

    final String sequence;

    /** Whether an {@code end} came last, so that no state is left after the bundle. */
    boolean ended;

    /** Where a step had to be undone: the last such step, and the state before it. */
    int knownAt;

    float[] known;

    /** {@code [steps]} and room for more: where in the order of arrival each step stands. */
    private int[] positions = new int[1];

    private int steps;

    /** Steps that an {@code end} stands right before; null for none. */
    private BitSet restarts;

    Row(String sequence) {
      this.sequence = sequence;
    }

    int steps() {
      return steps;
    }

    int position(int step) {
      return positions[step];
    }

    /** Whether this step begins the sequence anew, from the zero state and index 0. */
    boolean restarts(int step) {
      return restarts != null && restarts.get(step);
    }

    private void add(Event event, int position) {
      if (event.hasInput()) {
        if (ended) {
          restarts = restarts == null ? new BitSet() : restarts;
          restarts.set(steps);
          ended = false;
        }
        if (steps == positions.length) {
          positions = Arrays.copyOf(positions, 2 * steps);
        }
        positions[steps++] = position;
      }
      ended |= event.end();
    }
  }

  private final List<StreamRecord<Event>> arrivals = new ArrayList<>();
  private final Map<String, Row> rows = new LinkedHashMap<>();

  /** Copies the record, which the caller may use again; the event is immutable. */
  void add(StreamRecord<Event> record) {
    Event event = record.getValue();
    rows.computeIfAbsent(event.sequence(), Row::new).add(event, arrivals.size());
    arrivals.add(record.copy(event));
  }

  int size() {
    return arrivals.size();
  }

  /** Whether the last event of a sequence ended it. */
  boolean hasEnded(String sequence) {
    Row row = rows.get(sequence);
    return row != null && row.ended;
  }

  StreamRecord<Event> arrival(int position) {
    return arrivals.get(position);
  }

  /** One row per sequence, longest first; equals in the order of their first arrival. */
  List<Row> rows() {
    List<Row> sorted = new ArrayList<>(rows.values());
    sorted.sort(Row.LONGEST_FIRST);
    return sorted;
  }

  void clear() {
    arrivals.clear();
    rows.clear();
  }
}
