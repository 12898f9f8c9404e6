package dev.eddy.bench;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code ./eddy bench stream}, in a process of its own that has Flink, Eddy and the peers that are
 * called from a job.
 */
final class StreamBench {
  /** A million states on the heap, a checkpoint of them, and what was there before. */
  private static final String FULL_HEAP = "-Xmx6g";

  private static final String QUICK_HEAP = "-Xmx2g";

  private StreamBench() {}

  /**
   * Measures.
   *
   * @param modules the folder of the modules of the peers
   * @param log for what the process says on standard error
   * @param doing is told what it does
   */
  static List<StreamRow> rows(boolean quick, Path modules, Path log, Consumer<String> doing)
      throws IOException, ClassNotFoundException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(command::add);
    command.add(quick ? QUICK_HEAP : FULL_HEAP);
    command.add("-Deddy.log=" + log + ".stream");
    command.add(StreamWorker.class.getName());
    command.add(quick ? "quick" : "full");
    ProcessBuilder builder = new ProcessBuilder(command);
    // not in the command: ONNX Runtime falls over one of more than a few thousand characters
    builder.environment().put("CLASSPATH", classPath(modules));
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    List<StreamRow> rows = new ArrayList<>();
    try (var in = new ObjectInputStream(new BufferedInputStream(process.getInputStream()))) {
      while (true) {
        Object said = in.readObject();
        if (said instanceof StreamRow row) {
          rows.add(row);
        } else if (said instanceof Worker.Failure failure) {
          throw new IOException("stream: " + failure.reason());
        } else if (said instanceof String text) {
          doing.accept(text);
        } else {
          return rows;
        }
      }
    } catch (EOFException e) {
      throw new IOException("stream: ended with " + process.onExit().join().exitValue(), e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String classPath(Path modules) throws IOException {
    String own = System.getProperty("java.class.path");
    Path target = modules.resolve("peers").resolve("target");
    Path rest = target.resolve("classpath");
    if (!Files.exists(rest)) {
      return own;
    }
    return String.join(
        File.pathSeparator,
        own,
        target.resolve("classes").toString(),
        Files.readString(rest).strip());
  }
}
