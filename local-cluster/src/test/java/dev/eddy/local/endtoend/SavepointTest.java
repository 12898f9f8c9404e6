package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.endtoend.Sequences.Sent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A job that is stopped at savepoints and resumed gives what it gives without a stop. */
@ExtendWith(Machine.Shared.class)
final class SavepointTest {
  private static final int EVENTS = 6000;

  /** Of the input; the last one stays empty and must not hold the others back. */
  private static final int PARTITIONS = 4;

  private static final String NONE = "";

  @TempDir Path folder;

  @Test
  void taggingGoesOnWithAnotherParallelismAndStateBackend(Machine machine) throws Exception {
    Stage stage =
        new Stage(machine.kafka, "savepoint-tagging", PARTITIONS, Stage.numbers(), folder);
    List<Sent> events =
        Sequences.numbers(7, 30, EVENTS).stream()
            .map(e -> e.to(Math.floorMod(Arrays.hashCode(e.key()), PARTITIONS - 1)))
            .toList();
    Legs legs =
        new Legs(machine, stage, KafkaJobs::tagging, stage.events(), EddyOptions.TOPIC_TAGS);
    Configuration stopped = stage.run("stopped", 1);
    String first = legs.untilStopped(leg(stopped, 2, "hashmap", NONE), third(events, 0));
    String second = legs.untilStopped(leg(stopped, 1, "rocksdb", first), third(events, 1));
    stage.send(stage.events(), third(events, 2));
    for (int partition = 0; partition < PARTITIONS - 1; partition++) {
      stage.sendMarker(stage.events(), partition);
    }
    legs.toTheEnd(leg(stopped, 2, "hashmap", second), PARTITIONS - 1);
    Configuration smooth = stage.run("smooth", 2);
    legs.toTheEnd(smooth, PARTITIONS - 1);
    List<Row> expected = stage.allCommitted(smooth, EddyOptions.TOPIC_TAGS);
    assertEquals(events.stream().filter(Sent::hasInput).count(), expected.size());
    Row.assertSameByKey(expected, stage.allCommitted(stopped, EddyOptions.TOPIC_TAGS));
  }

  @Test
  void trainingGoesOnToTheBit(Machine machine) throws Exception {
    Stage stage = new Stage(machine.kafka, "savepoint-training", 1, Stage.numbers(), folder);
    List<Sent> events = Sequences.numbers(8, 20, EVENTS);
    Legs legs =
        new Legs(machine, stage, KafkaJobs::training, stage.labelled(), EddyOptions.TOPIC_SCORES);
    Configuration stopped = stage.run("stopped", 1);
    String first = legs.untilStopped(leg(stopped, 1, "rocksdb", NONE), third(events, 0));
    String second = legs.untilStopped(leg(stopped, 1, "hashmap", first), third(events, 1));
    stage.send(stage.labelled(), third(events, 2));
    stage.sendMarker(stage.labelled(), 0);
    legs.toTheEnd(leg(stopped, 1, "rocksdb", second), 1);
    Configuration smooth = stage.run("smooth", 1);
    legs.toTheEnd(smooth, 1);
    for (ConfigOption<String> topic : List.of(EddyOptions.TOPIC_SCORES, EddyOptions.TOPIC_MODELS)) {
      List<Row> expected = stage.allCommitted(smooth, topic);
      assertTrue(expected.size() >= 2, topic::key);
      Row.assertSame(expected, stage.allCommitted(stopped, topic));
    }
  }

  private static List<Sent> third(List<Sent> events, int which) {
    return events.subList(which * EVENTS / 3, (which + 1) * EVENTS / 3);
  }

  private static Configuration leg(
      Configuration run, int parallelism, String backend, String from) {
    Configuration leg = Stage.with(run, backend);
    leg.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
    if (!from.equals(NONE)) {
      leg.set(StateRecoveryOptions.SAVEPOINT_PATH, from);
    }
    return leg;
  }

  /** Stretches of one job. */
  private record Legs(
      Machine machine,
      Stage stage,
      RunningJob.Definition job,
      String input,
      ConfigOption<String> output) {

    /** Stops while the events stream by, and returns the savepoint. */
    String untilStopped(Configuration leg, List<Sent> events) throws Exception {
      String topic = leg.get(output);
      try (TopicLog written = stage.written(topic);
          TopicLog committed = stage.committed(topic)) {
        int before = committed.toTheEnd().size();
        RunningJob running = RunningJob.start(machine.flink, job, leg);
        var sending = CompletableFuture.runAsync(() -> stage.send(input, events));
        written.until(before + 1);
        String savepoint = running.stop(stage.savepoints());
        sending.get();
        assertTrue(committed.toTheEnd().size() > before, "nothing new is committed");
        return savepoint;
      }
    }

    void toTheEnd(Configuration leg, int markers) throws Exception {
      RunningJob running = RunningJob.start(machine.flink, job, leg);
      stage.awaitMarkers(leg, markers);
      running.drain(stage.savepoints());
    }
  }
}
