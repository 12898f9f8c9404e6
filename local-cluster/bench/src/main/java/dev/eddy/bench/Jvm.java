package dev.eddy.bench;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of the benchmarks: another JVM, with the flags of this one. */
final class Jvm {
  /** How long one that nobody asks any more has to remove what it unpacked. */
  private static final long SECONDS_TO_END = 5;

  private Jvm() {}

  /**
   * A process that is not started yet.
   *
   * @param log for what it says on standard error
   * @param command options, then the main class and its arguments
   */
  static ProcessBuilder builder(String classPath, Path log, String... command) {
    List<String> all = new ArrayList<>();
    all.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(all::add);
    all.addAll(Arrays.asList(command));
    ProcessBuilder builder = new ProcessBuilder(all);
    // not in the command: ONNX Runtime falls over one of more than a few thousand characters
    builder.environment().put("CLASSPATH", classPath);
    // it would send what it is used for, and falls where it cannot find out where it is
    builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
    return builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
  }

  /** Starts it; it ends with this process, however that ends. */
  static Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }

  /** The classes of a module and what they need; null where it is not built. */
  static String classPath(Path module) throws IOException {
    Path target = module.resolve("target");
    Path rest = target.resolve("classpath");
    return Files.exists(rest)
        ? target.resolve("classes") + File.pathSeparator + Files.readString(rest).strip()
        : null;
  }

  /**
   * Ends a process that ends by itself when its standard input does, by force where it does not.
   */
  static int end(Process process) {
    try {
      process.getOutputStream().close();
      process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (IOException e) {
      // it is gone
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return process.destroyForcibly().onExit().join().exitValue();
  }
}
