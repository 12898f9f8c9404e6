package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.stream.Bundle.Row;
import dev.eddy.serialization.Event;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

class BundleTest {
  private final Bundle bundle = new Bundle();

  @Test
  void longestSequenceComesFirstAndEqualsInOrderOfArrival() {
    step("b");
    step("a");
    step("c");
    step("c");
    step("d");
    assertEquals(List.of("c", "b", "a", "d"), bundle.rows().stream().map(r -> r.sequence).toList());
    assertEquals(List.of(2, 1, 1, 1), bundle.rows().stream().map(Row::steps).toList());
    assertEquals(2, bundle.rows().get(0).position(0));
    assertEquals(3, bundle.rows().get(0).position(1));
  }

  @Test
  void stepAfterAnEndRestarts() {
    step("a");
    add(new Event("a", null, new float[3], 0, 0, true));
    step("a");
    Row row = bundle.rows().get(0);
    assertFalse(row.restarts(0));
    assertFalse(row.restarts(1));
    assertTrue(row.restarts(2));
    assertFalse(row.ended);
  }

  @Test
  void bareEndStepsNothing() {
    add(Sample.end("a", 0));
    assertEquals(0, bundle.rows().get(0).steps());
    assertTrue(bundle.rows().get(0).ended);
    step("a");
    assertTrue(bundle.rows().get(0).restarts(0));
    assertFalse(bundle.rows().get(0).ended);
    add(Sample.end("a", 0));
    assertEquals(1, bundle.rows().get(0).steps());
    assertTrue(bundle.rows().get(0).ended);
  }

  @Test
  void reusedRecordIsCopied() {
    StreamRecord<Event> record = new StreamRecord<>(Sample.event("a", 1), 1);
    bundle.add(record);
    record.replace(Sample.event("b", 2), 2);
    assertEquals("a", bundle.arrival(0).getValue().sequence());
    assertEquals(1, bundle.arrival(0).getTimestamp());
  }

  private void step(String sequence) {
    add(Sample.event(sequence, 0, 0, 0, 0));
  }

  private void add(Event event) {
    bundle.add(new StreamRecord<>(event));
  }
}
