package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.local.endtoend.Sequences.Sent;
import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.BadEvent;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.json.TagJson;
import dev.eddy.serialization.model.ModelAssembly;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;

/** Tags events once more, outside of Flink, each with the model version that its tag names. */
final class Replay implements AutoCloseable {
  private final ModelConfig config;
  private final Map<Long, Stepper> steppers = new HashMap<>();

  /**
   * The models of a topic.
   *
   * @param start version 0
   * @param records all that the model topic ever held
   */
  Replay(ModelSnapshot start, List<Row> records) {
    config = start.config();
    steppers.put(start.version(), new Stepper(Kernels.best(), start, 1));
    ModelAssembly assembly = new ModelAssembly(start.name(), start.version());
    for (Row row : records) {
      byte[] value = row.value() == null ? null : row.value().getBytes(ISO_8859_1);
      ModelAssembly.Outcome outcome = assembly.accept(new ModelRecord(row.key(), value));
      assertNull(outcome.problem());
      if (outcome.model() != null) {
        steppers.put(outcome.model().version(), new Stepper(Kernels.best(), outcome.model(), 1));
      }
    }
  }

  /** Fails at the first tag that is another, in any bit of any field. */
  void assertGives(List<Sent> events, List<Row> tags) throws BadEvent {
    Map<String, Queue<Row>> found = new HashMap<>();
    Row.byKey(tags).forEach((key, rows) -> found.put(key, new ArrayDeque<>(rows)));
    Map<String, float[]> states = new HashMap<>();
    Map<String, Long> indices = new HashMap<>();
    EventFormat format = new EventFormat(config, EventFields.DEFAULT, false);
    for (Sent sent : events) {
      Event event = format.parse(sent.key(), sent.value(), 0);
      String sequence = event.sequence();
      if (event.hasInput()) {
        Queue<Row> rows = found.get(sequence);
        assertFalse(rows == null || rows.isEmpty(), () -> "no tag of " + event);
        Row row = rows.remove();
        long index = indices.merge(sequence, 1L, Long::sum) - 1;
        Tag tag = step(event, index, row.tag().modelVersion(), states);
        assertEquals(new String(TagJson.write(tag), ISO_8859_1), row.value());
      }
      if (event.end()) {
        states.remove(sequence);
        indices.remove(sequence);
      }
    }
    assertTrue(found.values().stream().allMatch(Queue::isEmpty), "tags of no event");
  }

  private Tag step(Event event, long index, long version, Map<String, float[]> states) {
    Stepper stepper = steppers.get(version);
    stepper.load(0, states.get(event.sequence()));
    stepper.input(0, event);
    stepper.step(1);
    float[] state = new float[stepper.stateSize()];
    stepper.store(0, state);
    states.put(event.sequence(), state);
    float[] scores = new float[config.labels().size()];
    stepper.scores(0, scores);
    int label = stepper.label(0);
    return new Tag(
        event.sequence(),
        index,
        config.labels().get(label),
        scores[label],
        version,
        event.time(),
        scores);
  }

  @Override
  public void close() {
    steppers.values().forEach(Stepper::close);
  }
}
