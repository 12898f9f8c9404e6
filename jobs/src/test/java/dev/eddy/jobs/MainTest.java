package dev.eddy.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MainTest {
  @Test
  void aBadConfigurationEndsTheProcessWithOneLineAndCodeTwo() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("tag", "--max-batch-size", "0"));
    Process process = new ProcessBuilder(command).start();
    String said = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(
        "eddy: eddy.max-batch-size: must be a whole number from 1 to 65536, got '0' (flag"
            + " --max-batch-size)",
        said.lines().reduce((first, last) -> last).orElse(""));
    assertEquals(2, process.exitValue());
  }

  @Test
  void insideAnotherProcessItIsThrown() {
    assertRefused("usage: flink run eddy-jobs.jar tag|train [--config FILE] [--key value]...");
    assertRefused(
        "usage: flink run eddy-jobs.jar tag|train [--config FILE] [--key value]..., got 'serve'",
        "serve");
    assertRefused(
        "eddy.model.directory: must be given; a new model directory is made by eddy init",
        "train",
        "--kafka.bootstrap.servers=localhost:1");
  }

  private static void assertRefused(String message, String... arguments) {
    assertEquals(
        message, assertThrows(BadConfiguration.class, () -> Main.main(arguments)).getMessage());
  }
}
