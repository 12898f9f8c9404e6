package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.endtoend.Sequences.Sent;
import dev.eddy.serialization.Tag;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * One job learns, the other tags with what it publishes, and the task manager of both dies in the
 * middle. Each round sends events, has them tagged, and ends with a checkpoint of the tagging job.
 */
@ExtendWith(Machine.Shared.class)
final class LiveModelsTest {
  private static final int PARALLELISM = 2;
  private static final int MAX_PARALLELISM = 128;
  private static final int ROUNDS = 12;
  private static final int EVENTS_A_ROUND = 400;
  private static final int FAILING_ROUND = 5;
  private static final int VERSIONS = 3;

  @TempDir Path folder;

  @Test
  void everyTagIsThatOfTheVersionItNames(Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "live", 2, Stage.tokens(), folder);
    Configuration run = stage.run("run", PARALLELISM);
    run.set(EddyOptions.SCORES, true);
    run.set(EddyOptions.WINDOW, 4);
    run.set(EddyOptions.BATCH, 4);
    run.set(EddyOptions.PUBLISH_EVERY, EVENTS_A_ROUND / 2);
    List<Sent> events = Sequences.tokens(3, 30, ROUNDS * EVENTS_A_ROUND);
    try (TopicLog written = stage.written(run.get(EddyOptions.TOPIC_TAGS));
        TopicLog committed = stage.committed(run.get(EddyOptions.TOPIC_TAGS))) {
      RunningJob tagging =
          RunningJob.start(machine.flink, KafkaJobs::tagging, Stage.as(run, "tag"));
      RunningJob training =
          RunningJob.start(machine.flink, KafkaJobs::training, Stage.as(run, "train"));
      int tagged = 0;
      int aborted = 0;
      for (int round = 0; round < ROUNDS; round++) {
        List<Sent> sent = events.subList(round * EVENTS_A_ROUND, (round + 1) * EVENTS_A_ROUND);
        stage.send(stage.labelled(), sent);
        int before = tagged;
        for (List<Sent> half : halves(sent)) {
          stage.send(stage.events(), half);
          tagged += (int) half.stream().filter(Sent::hasInput).count();
          written.until(tagged + aborted);
          // what is committed now reaches the tagging job before its next checkpoint
          training.checkpoint();
        }
        if (round == FAILING_ROUND) {
          assertEquals(before, committed.visible().size());
          machine.killTaskManager();
          aborted = written.toTheEnd().size() - before;
          machine.startTaskManager();
          tagging.awaitAttempt(1);
          training.awaitAttempt(1);
          written.until(tagged + aborted);
        }
        tagging.checkpoint();
        List<Row> all = committed.until(tagged);
        assertOneVersion(all.subList(before, tagged));
      }
      assertEquals(1, tagging.checkpoints().getCounts().getNumberOfRestoredCheckpoints());
      assertEquals(1, training.checkpoints().getCounts().getNumberOfRestoredCheckpoints());
      training.drain(stage.savepoints());
      tagging.drain(stage.savepoints());
    }
    List<Row> tags = stage.allCommitted(run, EddyOptions.TOPIC_TAGS);
    Set<Long> versions =
        tags.stream().map(Row::tag).map(Tag::modelVersion).collect(Collectors.toSet());
    assertTrue(versions.size() >= VERSIONS, () -> "versions " + new TreeSet<>(versions));
    assertNoSequenceGoesBack(tags);
    try (Replay replay =
        new Replay(stage.model(), stage.allCommitted(run, EddyOptions.TOPIC_MODELS))) {
      replay.assertGives(events, tags);
    }
  }

  private static List<List<Sent>> halves(List<Sent> sent) {
    return List.of(
        sent.subList(0, EVENTS_A_ROUND / 2), sent.subList(EVENTS_A_ROUND / 2, EVENTS_A_ROUND));
  }

  /** All subtasks switched at the same barrier: what one checkpoint commits is of one model. */
  private static void assertOneVersion(List<Row> committedAtOnce) {
    assertEquals(
        1,
        committedAtOnce.stream().map(row -> row.tag().modelVersion()).distinct().count(),
        () -> "versions of " + committedAtOnce);
    assertEquals(
        PARALLELISM,
        committedAtOnce.stream()
            .map(
                row ->
                    KeyGroupRangeAssignment.assignKeyToParallelOperator(
                        row.key(), MAX_PARALLELISM, PARALLELISM))
            .distinct()
            .count(),
        "subtasks that tagged");
  }

  private static void assertNoSequenceGoesBack(List<Row> tags) {
    Map<String, Long> last = new HashMap<>();
    for (Row row : tags) {
      long version = row.tag().modelVersion();
      Long before = last.put(row.key(), version);
      assertTrue(before == null || before <= version, row::toString);
    }
  }
}
