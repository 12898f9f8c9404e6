package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.command.Eddy;
import dev.eddy.local.endtoend.Sequences.Sent;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Training that is stopped and started again, by whatever way, loses none of what it publishes. */
@ExtendWith(Machine.Shared.class)
final class ResumeTest {
  private static final int EVENTS = 4500;
  private static final long DEADLINE_SECONDS = 60;

  @TempDir Path folder;

  /** The command as a user runs it, with Flink's options as flags. */
  @Test
  void theCommandKeepsItsLastCheckpointAndGoesOnFromIt(Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "resume-command", 1, Stage.numbers(), folder);
    List<Sent> events = Sequences.numbers(9, 20, EVENTS);
    Configuration stopped = options(stage, "stopped");
    stopped.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(200));
    stopped.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, Duration.ZERO);
    Path checkpoints = folder.resolve("checkpoints");
    stopped.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    try (TopicLog scores = stage.committed(stopped.get(EddyOptions.TOPIC_SCORES))) {
      stage.send(stage.labelled(), third(events, 0));
      int before = untilStopped(stopped, scores, 1).size();
      stage.send(stage.labelled(), third(events, 1));
      stage.send(stage.labelled(), third(events, 2));
      stopped.set(StateRecoveryOptions.SAVEPOINT_PATH, retained(checkpoints));
      assertTrue(untilStopped(stopped, scores, before + 1).size() > before);
    }
    Configuration smooth = options(stage, "smooth");
    stage.sendMarker(stage.labelled(), 0);
    RunningJob running = RunningJob.start(machine.flink, KafkaJobs::training, smooth);
    stage.awaitMarkers(smooth, 1);
    running.drain(stage.savepoints());
    List<Row> found = stage.allCommitted(stopped, EddyOptions.TOPIC_SCORES);
    List<Row> expected = stage.allCommitted(smooth, EddyOptions.TOPIC_SCORES);
    Row.assertSame(expected.subList(0, found.size()), found);
  }

  @Test
  void versionsGoOnWithoutACheckpointAndFromAnOldOne(Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "resume-versions", 1, Stage.numbers(), folder);
    List<Sent> events = Sequences.numbers(10, 20, EVENTS);
    Configuration run = options(stage, "run");
    Configuration rewound = new Configuration(run);
    try (TopicLog models = stage.committed(run.get(EddyOptions.TOPIC_MODELS))) {
      String first = leg(machine, stage, run, third(events, 0));
      List<JsonNode> early = manifests(models);
      leg(machine, stage, run, third(events, 1));
      List<JsonNode> later = manifests(models);
      rewound.set(StateRecoveryOptions.SAVEPOINT_PATH, first);
      leg(machine, stage, rewound, third(events, 2));
      List<JsonNode> all = manifests(models);

      assertTrue(early.size() >= 2 && early.size() < later.size() && later.size() < all.size());
      assertEquals(
          LongStream.rangeClosed(1, all.size()).boxed().toList(),
          all.stream().map(manifest -> manifest.get("version").longValue()).toList());
      // without a checkpoint: from the newest in the topic
      JsonNode fresh = later.get(early.size());
      JsonNode newest = early.get(early.size() - 1);
      assertEquals(newest.get("version"), fresh.get("parent"));
      assertTrue(fresh.get("steps").longValue() > newest.get("steps").longValue());
      // from the old savepoint: as it was then
      assertEquals(newest.get("version"), all.get(later.size()).get("parent"));
    }
  }

  private static Configuration options(Stage stage, String run) throws Exception {
    Configuration all = stage.run(run, 1);
    all.set(EddyOptions.PUBLISH_EVERY, 400);
    return all;
  }

  private static List<Sent> third(List<Sent> events, int which) {
    return events.subList(which * EVENTS / 3, (which + 1) * EVENTS / 3);
  }

  /** Learns from events until all are read, and returns the savepoint. */
  private static String leg(Machine machine, Stage stage, Configuration options, List<Sent> events)
      throws Exception {
    stage.send(stage.labelled(), events);
    stage.sendMarker(stage.labelled(), 0);
    try (TopicLog letters = stage.written(options.get(EddyOptions.TOPIC_DEAD_LETTERS))) {
      int before = letters.toTheEnd().size();
      RunningJob running = RunningJob.start(machine.flink, KafkaJobs::training, options);
      letters.until(before + 1);
      return running.stop(stage.savepoints());
    }
  }

  private static List<JsonNode> manifests(TopicLog models) throws Exception {
    List<JsonNode> manifests = new ArrayList<>();
    for (Row row : models.toTheEnd()) {
      if (row.holds("/manifest")) {
        manifests.add(new ObjectMapper().readTree(row.value().getBytes(ISO_8859_1)));
      }
    }
    return manifests;
  }

  /** Runs {@code eddy train} until a checkpoint has committed so many scores, and ends it. */
  private List<Row> untilStopped(Configuration options, TopicLog scores, int count)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-Xmx1g"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Eddy.class.getName()));
    command.add("train");
    options.toMap().forEach((key, value) -> command.add("--" + key + "=" + value));
    File log = folder.resolve("log").toFile();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start();
    try {
      scores.until(count);
    } finally {
      process.destroy();
      boolean ended = process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
      process.destroyForcibly();
      assertTrue(ended, () -> "eddy train does not end");
    }
    return scores.toTheEnd();
  }

  private static String retained(Path checkpoints) throws Exception {
    try (Stream<Path> files = Files.walk(checkpoints)) {
      List<Path> found = files.filter(file -> file.endsWith("_metadata")).toList();
      assertEquals(1, found.size(), found::toString);
      return found.get(0).getParent().toUri().toString();
    }
  }
}
