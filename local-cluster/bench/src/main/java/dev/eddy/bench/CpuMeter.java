package dev.eddy.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.eddy.serialization.Tag;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Reads the CPU time of this process, all its threads, over so much time of a job: from when every
 * sequence has its state and a quarter of that time has made the code warm.
 */
final class CpuMeter implements Consumer<Tag> {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** The clock is read once for so many tags; a power of two. */
  private static final int TICK = 256;

  private final int keys;
  private final long length;
  private long tags;
  private long begin;
  private long from;
  private long cpu;
  private final CompletableFuture<Double> done = new CompletableFuture<>();

  /**
   * @param keys tags that come first, one of every sequence
   * @param length nanoseconds of the clock on the wall
   */
  CpuMeter(int keys, long length) {
    this.keys = keys;
    this.length = length;
  }

  static long now() {
    return SYSTEM.getProcessCpuTime();
  }

  @Override
  public void accept(Tag tag) {
    tags++;
    if (tags == keys) {
      begin = System.nanoTime() + length / 4;
    } else if (tags > keys && tags % TICK == 0) {
      long now = System.nanoTime();
      if (from == 0 && now - begin >= 0) {
        begin = now;
        from = tags;
        cpu = now();
      } else if (from > 0 && now - begin >= length) {
        done.complete((double) (now() - cpu) / (tags - from));
      }
    }
  }

  /** Nanoseconds of CPU time of a tag, once the time has gone. */
  CompletableFuture<Double> done() {
    return done;
  }
}
