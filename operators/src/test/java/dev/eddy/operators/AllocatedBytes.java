package dev.eddy.operators;

import static org.junit.jupiter.api.Assertions.fail;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** Heap bytes that a piece of work allocates on its thread, once the JVM has compiled it. */
public final class AllocatedBytes {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int RUNS = 50;
  private static final long DEADLINE_SECONDS = 120;

  private AllocatedBytes() {}

  /** Runs the work until a round of runs has allocated nothing, or fails at the deadline. */
  public static void assertNoneInSteadyState(Runnable work) {
    assertAtMostInSteadyState(0, work);
  }

  /** The same with a number of bytes that each run may allocate. */
  public static void assertAtMostInSteadyState(long bytesPerRun, Runnable work) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
    long bytes = Long.MAX_VALUE;
    while (System.nanoTime() < end) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < RUNS; i++) {
        work.run();
      }
      bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
      if (bytes <= bytesPerRun * RUNS) {
        return;
      }
    }
    fail(RUNS + " runs allocated " + bytes + " bytes; at most " + bytesPerRun * RUNS);
  }
}
