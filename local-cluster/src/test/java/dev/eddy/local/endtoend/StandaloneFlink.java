package dev.eddy.local.endtoend;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A session cluster as Flink's scripts start it: a job manager and a task manager in JVMs of their
 * own, with the flags of Flink's default configuration, and none of the project's classes.
 */
final class StandaloneFlink implements AutoCloseable {
  /** {@code env.java.opts.all} in the configuration that Flink comes with. */
  private static final List<String> FLAGS =
      Stream.concat(
              Stream.of(
                      "java.rmi/sun.rmi.registry",
                      "jdk.compiler/com.sun.tools.javac.api",
                      "jdk.compiler/com.sun.tools.javac.file",
                      "jdk.compiler/com.sun.tools.javac.parser",
                      "jdk.compiler/com.sun.tools.javac.tree",
                      "jdk.compiler/com.sun.tools.javac.util",
                      "java.security.jgss/sun.security.krb5")
                  .map(name -> "--add-exports=" + name + "=ALL-UNNAMED"),
              Stream.of(
                      "java.lang",
                      "java.net",
                      "java.io",
                      "java.nio",
                      "sun.nio.ch",
                      "java.lang.reflect",
                      "java.text",
                      "java.time",
                      "java.util",
                      "java.util.concurrent",
                      "java.util.concurrent.atomic",
                      "java.util.concurrent.locks")
                  .map(name -> "--add-opens=java.base/" + name + "=ALL-UNNAMED"))
          .toList();

  private static final Pattern NOT_FLINKS =
      Pattern.compile(
          "/(org/apache/kafka|flink-connector-kafka|com/fasterxml|flink-test-.*)/|/eddy-");

  private static final long DEADLINE_SECONDS = 90;

  private final Path java;
  private final Path folder;
  private final List<Process> processes = new ArrayList<>();

  /**
   * Begins to start.
   *
   * @param java of the JDK that it runs on
   * @param folder for all that it writes
   */
  StandaloneFlink(Path java, Path folder) throws IOException {
    this.java = java;
    this.folder = folder;
    Files.createDirectories(folder);
    try (ServerSocket rpc = freePort();
        ServerSocket rest = freePort()) {
      Files.write(
          folder.resolve("config.yaml"),
          List.of(
              "jobmanager.rpc.address: localhost",
              "jobmanager.rpc.port: " + rpc.getLocalPort(),
              "jobmanager.memory.process.size: 1g",
              "rest.address: localhost",
              "rest.port: " + rest.getLocalPort(),
              "taskmanager.host: localhost",
              "taskmanager.numberOfTaskSlots: 2",
              // what the script that starts a task manager makes of its memory
              "taskmanager.cpu.cores: 2",
              "taskmanager.memory.framework.heap.size: 128m",
              "taskmanager.memory.framework.off-heap.size: 128m",
              "taskmanager.memory.jvm-metaspace.size: 256m",
              "taskmanager.memory.jvm-overhead.min: 192m",
              "taskmanager.memory.jvm-overhead.max: 192m",
              "taskmanager.memory.task.heap.size: 512m",
              "taskmanager.memory.task.off-heap.size: 64m",
              "taskmanager.memory.network.min: 64m",
              "taskmanager.memory.network.max: 64m",
              "taskmanager.memory.managed.size: 128m",
              "io.tmp.dirs: " + folder));
    }
    Files.write(
        folder.resolve("log4j2.properties"),
        List.of(
            "rootLogger.level = info",
            "rootLogger.appenderRef.console.ref = console",
            "appender.console.type = Console",
            "appender.console.name = console",
            "appender.console.layout.type = PatternLayout",
            "appender.console.layout.pattern = %-5p %c{1} %m%n"));
    String config = folder.toString();
    processes.add(
        start(
            "jobmanager",
            "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            "--configDir",
            config));
    processes.add(
        start(
            "taskmanager",
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            "--configDir",
            config));
  }

  private static ServerSocket freePort() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  /** {@code flink run -d}; returns what it said, when the job is submitted. */
  String run(Path jar, String... arguments) throws Exception {
    List<String> program =
        new ArrayList<>(
            List.of("org.apache.flink.client.cli.CliFrontend", "run", "-d", jar.toString()));
    program.addAll(Arrays.asList(arguments));
    Process client = start("client", program.toArray(String[]::new));
    processes.add(client);
    boolean ended = client.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    String said = said("client");
    if (!ended || client.exitValue() != 0) {
      throw new IllegalStateException(said + said("jobmanager") + said("taskmanager"));
    }
    return said;
  }

  private Process start(String name, String... program) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(java.toString());
    command.addAll(FLAGS);
    command.add("-Dlog4j2.configurationFile=" + folder.resolve("log4j2.properties").toUri());
    command.addAll(List.of("-Xmx768m", "-cp", classPath()));
    command.addAll(Arrays.asList(program));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("FLINK_CONF_DIR", folder.toString());
    return builder
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(name + ".log").toFile())
        .start();
  }

  /** Flink and what it needs; neither the project, nor Kafka, nor what the jar brings for them. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar") && !NOT_FLINKS.matcher(entry).find())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** What a process has printed. */
  String said(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.destroyForcibly().onExit().join();
    }
  }
}
