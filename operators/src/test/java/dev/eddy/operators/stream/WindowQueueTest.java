package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
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
    queue.content().forEach(window -> restored.restore(window, 4, 4));
    restored.add(window("c", 4), 4);
    assertEquals(List.of(1L, 2L, 3L), restored.content().stream().map(w -> w.f0).toList());
    assertEquals(3, restored.sequences());
    assertEquals(2, restored.oldest());
  }

  @Test
  void longerWindowsAreRestoredInPieces() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      events.add(Sample.event("a", i, 0, 0, 0));
    }
    queue.add(new Window("a", events, true), 6);
    add("b", 9);
    WindowQueue restored = new WindowQueue();
    queue.content().forEach(window -> restored.restore(window, 3, 3));
    assertEquals(List.of(0L, 1L, 2L, 3L), restored.content().stream().map(w -> w.f0).toList());
    assertEquals(2, restored.sequences());
    assertEquals(6, restored.oldest());
    List<Window> pieces = restored.content().stream().map(w -> w.f2).toList();
    assertEquals(events.subList(0, 3), pieces.get(0).events());
    assertEquals(events.subList(3, 6), pieces.get(1).events());
    assertEquals(events.subList(6, 7), pieces.get(2).events());
    assertEquals(List.of(false, false, true, false), pieces.stream().map(Window::end).toList());
    assertEquals(
        List.of("a0", "b9"), restored.take(2).stream().map(WindowQueueTest::text).toList());
  }

  @Test
  void lastWindowOfAClassifierIsRestoredAsLongAsItMayBe() {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      events.add(Sample.event("a", i, 0, 0, 0));
    }
    queue.add(new Window("a", events, true), 6);
    WindowQueue restored = new WindowQueue();
    queue.content().forEach(window -> restored.restore(window, 3, 5));
    assertEquals(
        List.of(
            new Window("a", events.subList(0, 3), false),
            new Window("a", events.subList(3, 7), true)),
        restored.content().stream().map(w -> w.f2).toList());
  }

  private void add(String sequence, long time) {
    queue.add(window(sequence, time), time);
  }

  private static Window window(String sequence, long time) {
    return new Window(sequence, List.of(Sample.event(sequence, time, 0, 0, 0)), false);
  }

  private List<String> take(int most) {
    return queue.take(most).stream().map(WindowQueueTest::text).toList();
  }

  private static String text(Window window) {
    return window.sequence() + window.events().get(0).time();
  }
}
