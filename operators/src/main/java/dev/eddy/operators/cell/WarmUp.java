package dev.eddy.operators.cell;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * Runs a computation until the JVM has compiled its kernel, so that the first event is not late:
 * once for each name in this JVM, and never for longer than {@value #LIMIT_MILLIS} ms. One at a
 * time runs, and whoever asks meanwhile waits: subtasks open together, and each must be warm.
 */
public final class WarmUp {
  private static final long LIMIT_MILLIS = 1500;

  /** Runs after which the JVM has asked for its last compilation, with a margin. */
  private static final int RUNS = 20_000;

  private static final Set<String> DONE = new HashSet<>();

  private WarmUp() {}

  /**
   * Makes what is to run, and has it run, unless something of that name has run.
   *
   * @param name of what is compiled: all that decides which code runs
   * @param body is given what repeats a run, which is given 0, 1, 2 and so on
   */
  public static synchronized void once(String name, Consumer<Consumer<IntConsumer>> body) {
    if (!DONE.contains(name)) {
      body.accept(WarmUp::repeat);
      DONE.add(name);
    }
  }

  private static void repeat(IntConsumer run) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
    for (int i = 0; i < RUNS && System.nanoTime() < end; i++) {
      run.accept(i);
    }
  }
}
