package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  /** Two subtasks that open together: the one that does not run must not begin cold. */
  @Test
  void whoeverAsksWhileItRunsWaits() throws Exception {
    AtomicBoolean warm = new AtomicBoolean();
    AtomicBoolean waited = new AtomicBoolean();
    Thread other =
        new Thread(
            () -> {
              WarmUp.once("together", repeat -> warm.set(false));
              waited.set(warm.get());
            });
    WarmUp.once(
        "together",
        repeat -> {
          other.start();
          try {
            other.join(200); // time enough not to wait
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          warm.set(true);
        });
    other.join();
    assertTrue(waited.get());
  }

  @Test
  void whatFailedIsNotWarm() {
    assertThrows(
        IllegalStateException.class,
        () ->
            WarmUp.once(
                "failing",
                repeat -> {
                  throw new IllegalStateException();
                }));
    AtomicInteger runs = new AtomicInteger();
    WarmUp.once("failing", repeat -> repeat.accept(i -> runs.incrementAndGet()));
    WarmUp.once("failing", repeat -> repeat.accept(i -> runs.incrementAndGet()));
    assertEquals(20_000, runs.get());
  }
}
