package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.LocalFlink;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;

/**
 * Both jobs on a cluster in a JVM of their own. It does what each line on its standard input says,
 * and answers with a line when it is done.
 */
final class JobProcess implements AutoCloseable {
  private static final String RUNNING = "running";
  private static final String CHECKPOINT = "checkpoint";
  private static final String DRAIN = "drain";
  private static final long DEADLINE_SECONDS = 90;

  private final Process process;
  private final BufferedReader answers;
  private final PrintStream orders;

  private JobProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader(UTF_8);
    this.orders = new PrintStream(process.getOutputStream(), true, UTF_8);
  }

  /**
   * Returns when all tasks of both jobs run.
   *
   * @param folder for what the process writes
   */
  static JobProcess start(Path folder, Configuration tagging, Configuration training)
      throws Exception {
    Files.createDirectories(folder);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx1g",
            "-Djava.io.tmpdir=" + folder,
            "-cp",
            System.getProperty("java.class.path"),
            JobProcess.class.getName(),
            file(folder, "tagging", tagging),
            file(folder, "training", training)));
    Process process =
        new ProcessBuilder(command).redirectError(folder.resolve("err").toFile()).start();
    JobProcess jobs = new JobProcess(process);
    try {
      jobs.await(RUNNING);
    } catch (Exception | AssertionError e) {
      jobs.close();
      throw new IllegalStateException(Files.readString(folder.resolve("err")), e);
    }
    return jobs;
  }

  private static String file(Path folder, String name, Configuration all) throws Exception {
    Properties properties = new Properties();
    properties.putAll(all.toMap());
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      properties.store(out, null);
    }
    return file.toString();
  }

  /** Takes a checkpoint of both jobs and returns when it is complete. */
  void checkpoint() throws Exception {
    orders.println(CHECKPOINT);
    await(CHECKPOINT);
  }

  /** Ends the input of both jobs: what they still hold is worked off and committed. */
  void drain() throws Exception {
    orders.println(DRAIN);
    await(DRAIN);
  }

  /** As a machine dies. */
  void kill() throws Exception {
    process.destroyForcibly().onExit().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private void await(String answer) throws Exception {
    CompletableFuture.supplyAsync(
            () ->
                answers
                    .lines()
                    .filter(answer::equals)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("ended before: " + answer)))
        .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /**
   * The process.
   *
   * @param files options of the tagging and of the training job
   */
  public static void main(String[] files) throws Exception {
    try (LocalFlink flink = new LocalFlink(2)) {
      RunningJob tagging = RunningJob.start(flink, KafkaJobs::tagging, options(files[0]));
      RunningJob training = RunningJob.start(flink, KafkaJobs::training, options(files[1]));
      System.out.println(RUNNING);
      var orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        if (order.equals(CHECKPOINT)) {
          tagging.checkpoint();
          training.checkpoint();
        } else {
          String savepoints = Path.of(files[0]).resolveSibling("savepoints").toUri().toString();
          tagging.drain(savepoints);
          training.drain(savepoints);
        }
        System.out.println(order);
      }
    }
  }

  private static Configuration options(String file) throws Exception {
    Properties properties = new Properties();
    try (var in = Files.newInputStream(Path.of(file))) {
      properties.load(in);
    }
    Configuration all = new Configuration();
    properties
        .stringPropertyNames()
        .forEach(key -> all.setString(key, properties.getProperty(key)));
    return all;
  }
}
