package dev.eddy.serialization.json;

import dev.eddy.serialization.Event;

/** An event without its label, as {@link EventFormat} reads it. */
public final class EventJson {
  private EventJson() {}

  /** One object; every float reads back to the bit. */
  public static byte[] write(Event event, EventFields fields) {
    return JsonRow.write(
        json -> {
          json.writeStringField(fields.sequence(), event.sequence());
          if (event.token() != null) {
            json.writeStringField(fields.token(), event.token());
          }
          if (event.features() != null) {
            json.writeArrayFieldStart(fields.features());
            for (float feature : event.features()) {
              json.writeNumber(feature);
            }
            json.writeEndArray();
          }
          json.writeNumberField(fields.time(), event.time());
          if (event.end()) {
            json.writeBooleanField(fields.end(), true);
          }
        });
  }
}
