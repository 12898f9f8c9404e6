package dev.eddy.bench;

import dev.eddy.jobs.BadConfiguration;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * {@code ./eddy bench stream}, in a process of its own that has Flink and Eddy, and finds the peers
 * that are called from a job.
 */
final class StreamBench {
  /** A million states on the heap, a checkpoint of them, and what was there before. */
  private static final String FULL_HEAP = "-Xmx6g";

  private static final String QUICK_HEAP = "-Xmx2g";

  private StreamBench() {}

  /**
   * Refuses a machine that cannot hold the heap and a GiB beside it: what RocksDB has, code and
   * stacks.
   */
  static void requireMemory(boolean quick, long bytes) {
    int needed = quick ? 3 : 7;
    if (bytes >> 30 < needed) {
      throw new BadConfiguration(
          "stream: must have %d GiB of memory, got %.1f GiB; with --quick 3 GiB do"
              .formatted(needed, bytes / (double) (1 << 30)));
    }
  }

  /**
   * Measures.
   *
   * @param modules the folder of the modules of the peers
   * @param log for what the process says on standard error
   * @param doing is told what it does
   * @param rows is given each row when it is measured
   */
  static void measure(
      boolean quick, Path modules, Path log, Consumer<String> doing, Consumer<StreamRow> rows)
      throws IOException, ClassNotFoundException {
    Process process =
        Jvm.start(
            Jvm.builder(
                System.getProperty("java.class.path"),
                log,
                quick ? QUICK_HEAP : FULL_HEAP,
                "-Deddy.log=" + log + ".stream",
                "-D" + PerEventFunction.PEERS + "=" + modules.resolve("peers"),
                StreamWorker.class.getName(),
                quick ? "quick" : "full"));
    try (var in = new ObjectInputStream(new BufferedInputStream(process.getInputStream()))) {
      while (true) {
        Object said = in.readObject();
        if (said instanceof StreamRow row) {
          rows.accept(row);
        } else if (said instanceof Worker.Failure failure) {
          throw new IOException("stream: " + failure.reason());
        } else if (said instanceof String text) {
          doing.accept(text);
        } else {
          return;
        }
      }
    } catch (EOFException e) {
      throw new IOException("stream: ended with " + Jvm.end(process), e);
    } finally {
      Jvm.end(process);
    }
  }
}
