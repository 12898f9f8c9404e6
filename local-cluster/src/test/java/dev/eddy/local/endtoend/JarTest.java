package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.Jdk17;
import dev.eddy.local.endtoend.Sequences.Sent;
import dev.eddy.serialization.Tag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The jar on a real cluster with Flink's default flags, where no vector module is: it brings all
 * that it needs, and tags as here.
 */
@ExtendWith(Machine.Shared.class)
final class JarTest {
  private static final Path JAR = Path.of("..", "jobs", "target", "eddy-jobs.jar").toAbsolutePath();

  /** Between the scalar kernel there and the vector kernel here. */
  private static final double TOLERANCE = 1e-4;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {17, 25})
  void flinkRunTagsAsHere(int jdk, Machine machine) throws Exception {
    assumeTrue(Files.exists(JAR), JAR + " is built by mvn verify");
    Path java =
        jdk == 17
            ? Jdk17.java().orElse(null)
            : Path.of(System.getProperty("java.home"), "bin", "java");
    assumeTrue(java != null, "no JDK 17 in " + Jdk17.folders());
    Stage stage = new Stage(machine.kafka, "jar-" + jdk, 1, Stage.numbers(), folder);
    List<Sent> events = Sequences.numbers(13, 5, 500);
    stage.send(stage.events(), events);
    stage.sendMarker(stage.events(), 0);
    Configuration there = stage.run("there", 1);
    there.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(500));
    there.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, Duration.ZERO);
    there.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, stage.savepoints());
    int inputs = (int) events.stream().filter(Sent::hasInput).count();
    try (StandaloneFlink flink = new StandaloneFlink(java, folder.resolve("flink"));
        TopicLog tags = stage.committed(there.get(EddyOptions.TOPIC_TAGS))) {
      String said = flink.run(JAR, "tag", "--config", file(there));
      assertTrue(said.contains("Job has been submitted with JobID"), said);
      List<Row> found = tags.until(inputs);
      String log = flink.said("taskmanager");
      assertEquals(1, log.lines().filter(line -> line.contains("scalar kernel")).count(), log);
      Configuration here = stage.run("here", 1);
      RunningJob job = RunningJob.start(machine.flink, KafkaJobs::tagging, here);
      stage.awaitMarkers(here, 1);
      job.drain(stage.savepoints());
      assertSame(stage.allCommitted(here, EddyOptions.TOPIC_TAGS), found);
    }
  }

  private static void assertSame(List<Row> expected, List<Row> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < expected.size(); i++) {
      Tag right = expected.get(i).tag();
      Tag tag = found.get(i).tag();
      assertEquals(right.sequence(), tag.sequence());
      assertEquals(right.index(), tag.index());
      assertEquals(right.probability(), tag.probability(), TOLERANCE, tag::toString);
    }
  }

  private String file(Configuration all) throws Exception {
    List<String> lines =
        all.toMap().entrySet().stream()
            .map(entry -> entry.getKey() + ": '" + entry.getValue() + "'")
            .toList();
    return Files.write(folder.resolve("eddy.yaml"), lines).toString();
  }
}
