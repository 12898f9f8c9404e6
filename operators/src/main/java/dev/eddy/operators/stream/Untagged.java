package dev.eddy.operators.stream;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Shown;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventJson;
import java.nio.charset.StandardCharsets;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** A valid event for which the network gives no numbers, as a dead letter: written anew. */
final class Untagged {
  private Untagged() {}

  /**
   * The dead letter with the event's timestamp.
   *
   * @param index that its tag would have
   */
  static StreamRecord<DeadLetter> record(
      Event event, long index, long modelVersion, EventFields fields) {
    String reason =
        "scores: must be finite; found none at index %d of sequence '%s', model version %d"
            .formatted(index, Shown.shortened(event.sequence()), modelVersion);
    byte[] key = event.sequence().getBytes(StandardCharsets.UTF_8);
    byte[] value = EventJson.write(event, fields);
    return new StreamRecord<>(
        new DeadLetter(key, value, reason, "", -1, -1, event.time()), event.time());
  }
}
