package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.Window;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowQueueTest {
  private final WindowQueue queue = new WindowQueue();

  @Test
  void batchTakesTheFirstWindowOfEachSequence() {
    add("a", 1);
    add("a", 2);
    add("b", 3);
    add("c", 4);
    add("b", 5);
    assertEquals(5, queue.size());
    assertEquals(3, queue.sequences());
    assertEquals(List.of("a1", "b3"), take(2));
    assertEquals(List.of("a2", "c4", "b5"), take(9));
    assertEquals(0, queue.size());
    assertEquals(0, queue.sequences());
  }

  @Test
  void oldestIsTheOneQueuedFirst() {
    add("a", 7);
    add("b", 9);
    assertEquals(7, queue.oldest());
    take(1);
    assertEquals(9, queue.oldest());
  }

  @Test
  void endMarksTheLastWindowOfItsSequence() {
    add("a", 1);
    add("a", 2);
    add("b", 3);
    assertTrue(queue.end("a"));
    assertFalse(queue.end("c"));
    List<Window> first = queue.take(2);
    assertFalse(first.get(0).end());
    assertTrue(queue.take(1).get(0).end());
  }

  @Test
  void restoredContentGoesOnInItsOrder() {
    add("a", 1);
    add("b", 2);
    add("a", 3);
    take(1);
    WindowQueue restored = new WindowQueue();
    queue.content().forEach(restored::restore);
    restored.add(window("c", 4), 4);
    assertEquals(List.of(1L, 2L, 3L), restored.content().stream().map(w -> w.f0).toList());
    assertEquals(3, restored.sequences());
    assertEquals(2, restored.oldest());
  }

  private void add(String sequence, long time) {
    queue.add(window(sequence, time), time);
  }

  private static Window window(String sequence, long time) {
    return new Window(sequence, List.of(Sample.event(sequence, time, 0, 0, 0)), false);
  }

  private List<String> take(int most) {
    return queue.take(most).stream().map(w -> w.sequence() + w.events().get(0).time()).toList();
  }
}
