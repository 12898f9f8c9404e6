package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.endtoend.Sequences.Sent;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a job commits is the same, to the byte, whether or not its task manager dies in the middle:
 * at a checkpoint that falls while events stream by, before anything of it is committed; or after
 * it, with later events under way. Events come from one partition.
 */
@ExtendWith(Machine.Shared.class)
final class FailureTest {
  private static final int EVENTS = 6000;
  private static final int BEFORE_CHECKPOINT = 2000;
  private static final int BEFORE_FAILURE = 4000;
  private static final int PUBLISH_EVERY = 500;
  private static final long DEADLINE_SECONDS = 60;

  /** When the task manager dies, seen from the transactions of the one completed checkpoint. */
  enum Death {
    /** They are prepared, and no task knows that it should commit them. */
    BEFORE_COMMIT,
    /** They are committed, and more is written. */
    AFTER_COMMIT
  }

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "hashmap, 1, AFTER_COMMIT",
    "rocksdb, 1, BEFORE_COMMIT",
    "hashmap, 2, BEFORE_COMMIT",
    "rocksdb, 2, AFTER_COMMIT"
  })
  void taggingGivesTheSameTags(String backend, int parallelism, Death death, Machine machine)
      throws Exception {
    String name = "failure-tagging-" + backend + "-" + parallelism;
    Stage stage = new Stage(machine.kafka, name, 1, Stage.numbers(), folder);
    List<Sent> events = Sequences.numbers(1, 20, EVENTS);
    Run run =
        new Run(
            machine,
            stage,
            stage.events(),
            events,
            KafkaJobs::tagging,
            EddyOptions.TOPIC_TAGS,
            List::size);
    Configuration failing = Stage.with(stage.run("failing", parallelism), backend);
    Configuration smooth = Stage.with(stage.run("smooth", parallelism), backend);
    run.withAFailure(failing, death);
    run.withoutAFailure(smooth);
    List<Row> expected = stage.allCommitted(smooth, EddyOptions.TOPIC_TAGS);
    List<Row> found = stage.allCommitted(failing, EddyOptions.TOPIC_TAGS);
    assertEquals(inputs(events), expected.size());
    if (parallelism == 1) {
      Row.assertSame(expected, found);
    } else {
      Row.assertSameByKey(expected, found);
    }
  }

  @ParameterizedTest
  @CsvSource({"hashmap, AFTER_COMMIT", "rocksdb, BEFORE_COMMIT"})
  void trainingGivesTheSameScoresAndModels(String backend, Death death, Machine machine)
      throws Exception {
    Stage stage =
        new Stage(machine.kafka, "failure-training-" + backend, 1, Stage.tokens(), folder);
    List<Sent> events = Sequences.tokens(2, 20, EVENTS);
    Run run =
        new Run(
            machine,
            stage,
            stage.labelled(),
            events,
            KafkaJobs::training,
            EddyOptions.TOPIC_SCORES,
            scores -> scores.get(scores.size() - 1).score().totalEvents());
    Configuration failing = training(stage, "failing", backend);
    Configuration smooth = training(stage, "smooth", backend);
    run.withAFailure(failing, death);
    run.withoutAFailure(smooth);
    List<Row> scores = stage.allCommitted(smooth, EddyOptions.TOPIC_SCORES);
    assertEquals(inputs(events), run.progress.applyAsLong(scores));
    Row.assertSame(scores, stage.allCommitted(failing, EddyOptions.TOPIC_SCORES));
    List<Row> models = stage.allCommitted(smooth, EddyOptions.TOPIC_MODELS);
    Row.assertSame(models, stage.allCommitted(failing, EddyOptions.TOPIC_MODELS));
    long versions = models.stream().filter(row -> row.holds("/manifest")).count();
    assertTrue(versions >= EVENTS / PUBLISH_EVERY - 2, () -> versions + " versions");
    assertTrue(models.stream().anyMatch(row -> row.holds("/1")), "each model is one record");
    assertTrue(models.stream().anyMatch(row -> row.value() == null), "nothing is deleted");
  }

  private static Configuration training(Stage stage, String run, String backend) throws Exception {
    Configuration all = Stage.with(stage.run(run, 1), backend);
    all.set(EddyOptions.WINDOW, 8);
    all.set(EddyOptions.BATCH, 8);
    all.set(EddyOptions.PUBLISH_EVERY, PUBLISH_EVERY);
    return all;
  }

  private static long inputs(List<Sent> events) {
    return events.stream().filter(Sent::hasInput).count();
  }

  /**
   * One job over one input.
   *
   * @param output where its results go
   * @param progress how many events the results are of
   */
  private record Run(
      Machine machine,
      Stage stage,
      String input,
      List<Sent> events,
      RunningJob.Definition job,
      ConfigOption<String> output,
      ToLongFunction<List<Row>> progress) {

    /** Reads what {@link #withAFailure} has sent. */
    void withoutAFailure(Configuration options) throws Exception {
      RunningJob running = RunningJob.start(machine.flink, job, options);
      stage.awaitMarkers(options, 1);
      running.drain(stage.savepoints());
    }

    void withAFailure(Configuration options, Death death) throws Exception {
      String topic = options.get(output);
      try (TopicLog written = stage.written(topic);
          TopicLog committed = stage.committed(topic)) {
        RunningJob running = RunningJob.start(machine.flink, job, options);
        List<Sent> first = events.subList(0, BEFORE_CHECKPOINT);
        var sending = CompletableFuture.runAsync(() -> stage.send(input, first));
        written.until(1);
        long checkpoint;
        if (death == Death.BEFORE_COMMIT) {
          CompletableFuture<Void> dead = machine.killTaskManagerAtNextCheckpoint();
          checkpoint = running.checkpoint();
          dead.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
          sending.get();
          stage.send(input, events.subList(BEFORE_CHECKPOINT, BEFORE_FAILURE));
          assertEquals(List.of(), committed.visible());
        } else {
          checkpoint = running.checkpoint();
          sending.get();
          committed.until(1);
          stage.send(input, events.subList(BEFORE_CHECKPOINT, BEFORE_FAILURE));
          written.until(
              "result of an event sent after the checkpoint",
              rows -> progress.applyAsLong(rows) > inputs(first));
          assertTrue(progress.applyAsLong(committed.visible()) <= inputs(first));
          machine.killTaskManager();
        }
        assertEquals(1, running.checkpoints().getCounts().getNumberOfCompletedCheckpoints());
        machine.startTaskManager();
        running.awaitAttempt(1);
        var restored = running.checkpoints();
        assertEquals(1, restored.getCounts().getNumberOfRestoredCheckpoints());
        assertEquals(checkpoint, restored.getLatestRestoredCheckpoint().getCheckpointId());

        stage.send(input, events.subList(BEFORE_FAILURE, events.size()));
        stage.sendMarker(input, 0);
        stage.awaitMarkers(options, 1);
        running.drain(stage.savepoints());
      }
    }
  }
}
