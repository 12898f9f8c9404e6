package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.endtoend.Sequences.Sent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole process of both jobs is killed, after a checkpoint and with later events under way.
 * Another process goes on from the checkpoint, and what is committed in the end is the same, to the
 * byte, as without a death.
 */
@ExtendWith(Machine.Shared.class)
final class ProcessDeathTest {
  private static final int EVENTS = 3000;
  private static final int BEFORE_CHECKPOINT = 1000;
  private static final int BEFORE_DEATH = 2000;

  @TempDir Path folder;

  @Test
  void anotherProcessGoesOnFromTheCheckpoint(Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "process", 1, Stage.tokens(), folder);
    List<Sent> events = Sequences.tokens(4, 20, EVENTS);
    Configuration killed = run(stage, "killed");
    Configuration tagging = tagging(killed);
    tagging.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints("tagging"));
    Configuration training = training(killed);
    training.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints("training"));
    try (TopicLog tags = stage.written(killed.get(EddyOptions.TOPIC_TAGS));
        TopicLog scores = stage.written(killed.get(EddyOptions.TOPIC_SCORES));
        JobProcess jobs = JobProcess.start(folder.resolve("first"), tagging, training)) {
      send(stage, events.subList(0, BEFORE_CHECKPOINT));
      tags.until(1);
      scores.until(1);
      jobs.checkpoint();
      send(stage, events.subList(BEFORE_CHECKPOINT, BEFORE_DEATH));
      long checkpointed = inputs(events.subList(0, BEFORE_CHECKPOINT));
      tags.until("later tags", rows -> rows.size() > checkpointed);
      scores.until(
          "later scores", rows -> rows.get(rows.size() - 1).score().totalEvents() > checkpointed);
      jobs.kill();
    }
    tagging.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint("tagging"));
    training.set(StateRecoveryOptions.SAVEPOINT_PATH, checkpoint("training"));
    try (JobProcess jobs = JobProcess.start(folder.resolve("second"), tagging, training)) {
      send(stage, events.subList(BEFORE_DEATH, EVENTS));
      stage.sendMarker(stage.events(), 0);
      stage.sendMarker(stage.labelled(), 0);
      stage.awaitMarkers(killed, 2);
      jobs.drain();
    }

    Configuration smooth = run(stage, "smooth");
    RunningJob oneTagging = RunningJob.start(machine.flink, KafkaJobs::tagging, tagging(smooth));
    RunningJob oneTraining = RunningJob.start(machine.flink, KafkaJobs::training, training(smooth));
    stage.awaitMarkers(smooth, 2);
    oneTagging.drain(stage.savepoints());
    oneTraining.drain(stage.savepoints());
    for (ConfigOption<String> topic :
        List.of(EddyOptions.TOPIC_TAGS, EddyOptions.TOPIC_SCORES, EddyOptions.TOPIC_MODELS)) {
      List<Row> expected = stage.allCommitted(smooth, topic);
      assertTrue(expected.size() >= 2, topic::key);
      Row.assertSame(expected, stage.allCommitted(killed, topic));
    }
    assertEquals(inputs(events), stage.allCommitted(smooth, EddyOptions.TOPIC_TAGS).size());
  }

  private static void send(Stage stage, List<Sent> events) {
    stage.send(stage.events(), events);
    stage.send(stage.labelled(), events);
  }

  private static long inputs(List<Sent> events) {
    return events.stream().filter(Sent::hasInput).count();
  }

  private static Configuration run(Stage stage, String name) throws Exception {
    Configuration all = stage.run(name, 1);
    all.set(EddyOptions.WINDOW, 8);
    all.set(EddyOptions.BATCH, 8);
    all.set(EddyOptions.PUBLISH_EVERY, 500);
    return all;
  }

  /** With one model: those that are published meanwhile have another name. */
  private static Configuration tagging(Configuration run) {
    Configuration all = Stage.as(run, "tag");
    all.set(EddyOptions.MODEL_NAME, "fixed");
    return all;
  }

  private static Configuration training(Configuration run) {
    return Stage.as(run, "train");
  }

  private String checkpoints(String job) {
    return folder.resolve("checkpoints").resolve(job).toUri().toString();
  }

  /** The one checkpoint that a dead job has left. */
  private String checkpoint(String job) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("checkpoints").resolve(job))) {
      List<Path> complete = files.filter(file -> file.endsWith("_metadata")).toList();
      assertEquals(1, complete.size(), complete::toString);
      return complete.get(0).getParent().toUri().toString();
    }
  }
}
