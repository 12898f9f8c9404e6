package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  @TempDir Path folder;

  @Test
  void nestedAndDottedKeysAreTheSame() throws IOException {
    Configuration nested =
        fromFile(
            """
            # a comment
            eddy:
              topic:
                events: readings
              max-batch-delay: 20 ms
              kafka:
                bootstrap.servers: [one:9092, two:9092]
                security.protocol: SSL
            execution.checkpointing:
              interval: 3 s
            """);
    Configuration dotted =
        fromFile(
            """
            eddy.topic.events: readings
            eddy.max-batch-delay: 20 ms
            eddy.kafka.bootstrap.servers: "one:9092,two:9092"
            eddy.kafka.security.protocol: SSL
            execution.checkpointing.interval: 3 s
            """);
    assertEquals(dotted.toMap(), nested.toMap());
    assertEquals("readings", nested.get(EddyOptions.TOPIC_EVENTS));
    assertEquals(Duration.ofMillis(20), nested.get(EddyOptions.MAX_BATCH_DELAY));
    assertEquals("one:9092,two:9092", nested.get(EddyOptions.BOOTSTRAP_SERVERS));
    assertEquals(Duration.ofSeconds(3), nested.get(CheckpointingOptions.CHECKPOINTING_INTERVAL));
  }

  @Test
  void flagsWinOverTheFileAndMayLeaveThePrefixOut() throws IOException {
    Path file = write("eddy: {max-batch-size: 1, scores: false, start-from: latest}");
    Configuration configuration =
        Settings.load(
            List.of(
                "--max-batch-size",
                "7",
                "--eddy.delivery=at-least-once",
                "--config",
                file.toString(),
                "--scores",
                "--kafka.client.id",
                "me",
                "--training.seed",
                "-5",
                "--parallelism.default",
                "3"));
    assertEquals(7, configuration.get(EddyOptions.MAX_BATCH_SIZE));
    assertEquals(DeliveryGuarantee.AT_LEAST_ONCE, configuration.get(EddyOptions.DELIVERY));
    assertEquals(true, configuration.get(EddyOptions.SCORES));
    assertEquals(StartFrom.LATEST, configuration.get(EddyOptions.START_FROM));
    assertEquals(-5L, configuration.get(EddyOptions.SEED));
    assertEquals(3, configuration.get(CoreOptions.DEFAULT_PARALLELISM));
    assertEquals("me", configuration.toMap().get("eddy.kafka.client.id"));
  }

  @Test
  void nothingGivenIsEmpty() {
    assertEquals(Map.of(), Settings.load(List.of()).toMap());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--max-batch-sise 3|max-batch-sise: no such option; nearest is eddy.max-batch-size (flag --max-batch-sise)",
        "--eddy.topic.label x|eddy.topic.label: no such option; nearest is eddy.topic.labelled (flag --eddy.topic.label)",
        "--paralelism.default 3|paralelism.default: no such option; nearest is parallelism.default (flag --paralelism.default)",
        "--max-batch-size 0|eddy.max-batch-size: must be a whole number from 1 to 65536, got '0' (flag --max-batch-size)",
        "--max-batch-size many|eddy.max-batch-size: must be a whole number from 1 to 65536, got 'many' (flag --max-batch-size)",
        "--max-batch-size|eddy.max-batch-size: must be a whole number from 1 to 65536, got 'true' (flag --max-batch-size)",
        "--max-batch-delay 2h|eddy.max-batch-delay: must be a time from 0 ms to 1 h, got '2h' (flag --max-batch-delay)",
        "--start-from end|eddy.start-from: must be one of group, earliest, latest, got 'end' (flag --start-from)",
        "--delivery none|eddy.delivery: must be exactly-once or at-least-once, got 'none' (flag --delivery)",
        "--scores yes|eddy.scores: must be true or false, got 'yes' (flag --scores)",
        "--training.learning-rate NaN|eddy.training.learning-rate: must be a number above 0, got 'NaN' (flag --training.learning-rate)",
        "--training.clip-norm 1e39|eddy.training.clip-norm: must be a number above 0, got '1e39' (flag --training.clip-norm)",
        "--model.name a/b|eddy.model.name: must be letters, digits, dots, dashes and underscores, got 'a/b' (flag --model.name)",
        "--topic.tags=|eddy.topic.tags: must be text that is not empty, got '' (flag --topic.tags)",
        "--parallelism.default x|parallelism.default: cannot be 'x': For input string: \"x\" (flag --parallelism.default)",
        "--input x|input: no such option; docs/options.md names them all (flag --input)",
        "--config|--config: must be given a file, as in --config eddy.yaml",
        "--execution.runtime-mode batsch|execution.runtime-mode: cannot be 'batsch': Could not parse value for enum class org.apache.flink.api.common.RuntimeExecutionMode. Expected one of: [[STREAMING, BATCH, AUTOMATIC]] (flag --execution.runtime-mode)",
        "stray|'stray': must be a flag, as in --key value",
      })
  void aBadFlagIsRefusedInOneLine(String arguments, String message) {
    assertRefused(message, () -> Settings.load(List.of(arguments.split(" "))));
  }

  @Test
  void aBadFileIsRefusedWithItsLine() throws IOException {
    assertFileRefused(
        "eddy.training.windows: no such option; nearest is eddy.training.window (FILE line 2)",
        "eddy:\n  training.windows: 3\n");
    assertFileRefused(
        "eddy.max-batch-size: must be a whole number from 1 to 65536, got '-1' (FILE line 3)",
        "# one\neddy:\n  max-batch-size: -1\n");
    assertFileRefused(
        "eddy.scores: is given twice, first in line 1 (FILE line 2)",
        "eddy.scores: true\neddy: {scores: true}\n");
    assertFileRefused("eddy.topic.tags: has no value (FILE line 1)", "eddy.topic.tags:\n");
    assertFileRefused(
        "eddy.topic: must be a single value or a list of them (FILE line 1)",
        "eddy.topic: [{tags: x}]\n");
    assertFileRefused(
        "FILE line 2: not YAML: found character '@' that cannot start any token. (Do not use @ for indentation)",
        "eddy.scores: true\n@\n");
    assertFileRefused("FILE: must be a YAML mapping of keys to values", "just text\n");
    assertFileRefused(
        "max-batch-size: no such option; nearest is eddy.max-batch-size (FILE line 1)",
        "max-batch-size: 3\n");
    Path missing = folder.resolve("missing.yaml");
    assertRefused(
        missing + ": no such file", () -> Settings.load(List.of("--config", missing.toString())));
    assertRefused(
        folder + ": cannot be read as UTF-8 text: Is a directory",
        () -> Settings.load(List.of("--config", folder.toString())));
  }

  private void assertFileRefused(String message, String yaml) throws IOException {
    Path file = write(yaml);
    assertRefused(
        message.replace("FILE", file.toString()),
        () -> Settings.load(List.of("--config", file.toString())));
  }

  private static void assertRefused(String message, Runnable load) {
    assertEquals(message, assertThrows(BadConfiguration.class, load::run).getMessage());
  }

  private Configuration fromFile(String yaml) throws IOException {
    return Settings.load(List.of("--config", write(yaml).toString()));
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(folder.resolve("eddy.yaml"), yaml);
  }
}
