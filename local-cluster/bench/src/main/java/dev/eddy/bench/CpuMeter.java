package dev.eddy.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.eddy.serialization.Tag;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Reads the CPU time of this process, all its threads, when so many tags have come and when so many
 * more have.
 */
final class CpuMeter implements Consumer<Tag> {
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  private final long from;
  private final long to;
  private long tags;
  private long begun;
  private volatile long nanos = -1;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  CpuMeter(long from, long to) {
    this.from = from;
    this.to = to;
  }

  static long now() {
    return SYSTEM.getProcessCpuTime();
  }

  @Override
  public void accept(Tag tag) {
    tags++;
    if (tags == from) {
      begun = now();
    } else if (tags == to) {
      nanos = now() - begun;
      done.complete(null);
    }
  }

  /** Ends when so many tags have come. */
  CompletableFuture<Void> done() {
    return done;
  }

  /** CPU time of a tag, once so many have come. */
  double nanosPerTag() {
    if (nanos < 0) {
      throw new IllegalStateException("only " + tags + " tags of " + to);
    }
    return (double) nanos / (to - from);
  }
}
