package dev.eddy.operators.stream;

import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.java.tuple.Tuple3;

/**
 * Windows that wait to be trained, first in, first out, but at most one of each sequence in a
 * mini-batch: what a sequence's later window starts from is known only after the earlier one.
 */
final class WindowQueue {
  /** Number, event time when it was queued (epoch milliseconds), window. */
  private final List<Tuple3<Long, Long, Window>> waiting = new ArrayList<>();

  private final Map<String, Integer> windowsOf = new HashMap<>();
  private long next;

  void add(Window window, long time) {
    waiting.add(Tuple3.of(next++, time, window));
    windowsOf.merge(window.sequence(), 1, Integer::sum);
  }

  /** Marks the last waiting window of a sequence as its end; false where none waits. */
  boolean end(String sequence) {
    for (int i = waiting.size() - 1; i >= 0; i--) {
      Tuple3<Long, Long, Window> last = waiting.get(i);
      if (last.f2.sequence().equals(sequence)) {
        Window ended = new Window(sequence, last.f2.events(), true);
        waiting.set(i, Tuple3.of(last.f0, last.f1, ended));
        return true;
      }
    }
    return false;
  }

  int size() {
    return waiting.size();
  }

  /** Sequences that a window waits of: the size of the largest mini-batch that can be had. */
  int sequences() {
    return windowsOf.size();
  }

  /** Event time when the oldest was queued. */
  long oldest() {
    return waiting.get(0).f1;
  }

  /** Removes the first window of each of the first sequences, at most {@code most}. */
  List<Window> take(int most) {
    List<Window> batch = new ArrayList<>(most);
    Set<String> taken = new HashSet<>();
    Iterator<Tuple3<Long, Long, Window>> all = waiting.iterator();
    while (all.hasNext() && batch.size() < most) {
      Window window = all.next().f2;
      if (taken.add(window.sequence())) {
        batch.add(window);
        all.remove();
        windowsOf.computeIfPresent(window.sequence(), (s, n) -> n == 1 ? null : n - 1);
      }
    }
    return batch;
  }

  /** All of it, for a checkpoint. */
  List<Tuple3<Long, Long, Window>> content() {
    return List.copyOf(waiting);
  }

  /**
   * Adds what {@link #content} gave, in the order of the numbers.
   *
   * @param length as of {@link Window#pieces}
   * @param most events of a window: longer ones are cut
   */
  void restore(Tuple3<Long, Long, Window> window, int length, int most) {
    next = Math.max(next, window.f0);
    window.f2.pieces(length, most).forEach(piece -> add(piece, window.f1));
  }
}
