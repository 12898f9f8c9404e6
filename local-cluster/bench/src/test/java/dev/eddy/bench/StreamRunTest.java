package dev.eddy.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.junit.jupiter.api.Test;

/** What the stream's figures are made of, without a cluster. */
final class StreamRunTest {
  /** Adds numbers up, and counts how often. */
  private static final class Sums implements Contestant.Run {
    private long runs;
    private double sum;

    @Override
    public void run() {
      runs++;
      for (int i = 1; i < 1_000; i++) {
        sum += 1.0 / i;
      }
    }

    @Override
    public float[] outputs() {
      return new float[] {(float) sum};
    }

    @Override
    public void close() {}
  }

  /** Another that works all the while would double the time. */
  @Test
  void timeOfTheKernelIsThatOfItsThread() throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Sums sums = new Sums();
    Thread other =
        new Thread(
            () -> {
              while (!Thread.interrupted()) {
                Thread.onSpinWait();
              }
            });
    other.start();
    long begin = threads.getCurrentThreadCpuTime();
    double nanos = StreamRun.kernelNanos(sums);
    long all = threads.getCurrentThreadCpuTime() - begin;
    other.interrupt();
    other.join();
    assertTrue(nanos * sums.runs <= 1.001 * all, nanos + " ns, " + sums.runs + " times in " + all);
    assertTrue(all >= 1_000_000_000, all + " ns");
  }
}
