package dev.eddy.serialization.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Shown;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** One event on its way from JSON: the fields found so far. */
final class EventReader {
  private final EventFormat format;
  private final JsonParser json;

  private String sequence;
  private String token;
  private float[] features;
  private int label = Event.NO_LABEL;
  private long time = -1;
  private boolean end;

  /** One bit per field, against fields that stand twice. */
  private int seen;

  EventReader(EventFormat format, JsonParser json) {
    this.format = format;
    this.json = json;
  }

  /**
   * Reads the object and makes sure that nothing follows.
   *
   * @throws IOException where it is no JSON object
   */
  void read() throws IOException, BadEvent {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw new IOException("no object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      EventFields fields = format.fields;
      if (name.equals(fields.sequence())) {
        once(name, 1);
        sequence = value == JsonToken.VALUE_NULL ? null : text(name);
      } else if (name.equals(fields.token())) {
        once(name, 2);
        token = value == JsonToken.VALUE_NULL ? null : text(name);
      } else if (name.equals(fields.features())) {
        once(name, 4);
        features = value == JsonToken.VALUE_NULL ? null : numbers(name);
      } else if (name.equals(fields.time())) {
        once(name, 8);
        time = value == JsonToken.VALUE_NULL ? -1 : time(name);
      } else if (name.equals(fields.end())) {
        once(name, 16);
        end = value != JsonToken.VALUE_NULL && flag(name);
      } else if (name.equals(fields.label()) && format.labels != null) {
        once(name, 32);
        label = value == JsonToken.VALUE_NULL ? Event.NO_LABEL : label(name);
      } else {
        json.skipChildren();
      }
    }
    if (json.nextToken() != null) {
      throw new IOException("more than one object");
    }
  }

  /** The event, once the fields are known to fit together and the record. */
  Event checked(byte[] key, long recordTime) throws BadEvent {
    EventFields fields = format.fields;
    if (sequence == null) {
      if (key == null) {
        throw new BadEvent(fields.sequence() + ": is missing, and the record has no key");
      }
      if (!Utf8.isValid(key)) {
        throw new BadEvent(
            fields.sequence()
                + ": is missing, and the key must be UTF-8; found "
                + Utf8.shown(key));
      }
      sequence = sized(fields.sequence(), new String(key, StandardCharsets.UTF_8));
    } else if (key != null && !Arrays.equals(key, sequence.getBytes(StandardCharsets.UTF_8))) {
      throw new BadEvent(
          fields.sequence()
              + ": must equal the record's key "
              + Utf8.shown(key)
              + "; found '"
              + Shown.shortened(sequence)
              + "'");
    }
    boolean numeric = format.inputs > 0;
    if (numeric && token != null) {
      throw new BadEvent(
          fields.token()
              + ": must be absent, the model reads numbers; found '"
              + Shown.shortened(token)
              + "'");
    }
    if (!numeric && features != null) {
      throw new BadEvent(
          fields.features() + ": must be absent, the model reads tokens; found an array");
    }
    boolean bare = token == null && features == null;
    if (bare && !end) {
      throw new BadEvent(
          (numeric ? fields.features() : fields.token())
              + ": is missing; only an event with "
              + fields.end()
              + " may be without");
    }
    if (bare && label != Event.NO_LABEL && !format.labelsEnds) {
      throw new BadEvent(
          fields.label() + ": must be absent on an end without input; found label " + label);
    }
    if (time < 0) {
      time = recordTime;
      if (time < 0 || time > EventFormat.LATEST_TIME) {
        throw new BadEvent(
            fields.time() + ": is missing, and the record's must be valid; found " + recordTime);
      }
    }
    if (label == Event.NO_LABEL && token != null && format.labels != null && format.labelsTokens) {
      label = format.labels.getOrDefault(token, Event.NO_LABEL);
    }
    return new Event(sequence, token, features, label, time, end);
  }

  private void once(String name, int bit) throws BadEvent {
    if ((seen & bit) != 0) {
      throw new BadEvent(name + ": must stand once; found twice");
    }
    seen |= bit;
  }

  private String text(String name) throws IOException, BadEvent {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad(name, "a string");
    }
    return sized(name, json.getText());
  }

  private static String sized(String name, String text) throws BadEvent {
    if (text.isEmpty() || text.length() > EventFormat.LONGEST_TEXT || !Utf8.isWhole(text)) {
      throw new BadEvent(
          name
              + ": must be 1 to "
              + EventFormat.LONGEST_TEXT
              + " Unicode characters; found '"
              + Shown.shortened(text)
              + "'");
    }
    return text;
  }

  private float[] numbers(String name) throws IOException, BadEvent {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw bad(name, "an array of numbers");
    }
    float[] numbers = new float[format.inputs];
    int count = 0;
    for (JsonToken next = json.nextToken();
        next != JsonToken.END_ARRAY;
        next = json.nextToken(), count++) {
      if (next == null || !next.isNumeric()) {
        throw bad(name + "[" + count + "]", "a number");
      }
      float number = json.getFloatValue();
      if (!Float.isFinite(number)) {
        throw bad(name + "[" + count + "]", "finite as a 32-bit float");
      }
      if (count < numbers.length) {
        numbers[count] = number;
      }
    }
    if (count != numbers.length && format.inputs > 0) {
      throw new BadEvent(name + ": must hold " + numbers.length + " numbers; found " + count);
    }
    return numbers;
  }

  private long time(String name) throws IOException, BadEvent {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
        || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        || json.getLongValue() < 0
        || json.getLongValue() > EventFormat.LATEST_TIME) {
      throw bad(name, "milliseconds from 0 to " + EventFormat.LATEST_TIME);
    }
    return json.getLongValue();
  }

  private boolean flag(String name) throws IOException, BadEvent {
    if (!json.currentToken().isBoolean()) {
      throw bad(name, "true or false");
    }
    return json.getBooleanValue();
  }

  private int label(String name) throws IOException, BadEvent {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad(name, "a string");
    }
    Integer row = format.labels.get(json.getText());
    if (row == null) {
      throw bad(name, "one of the model's " + format.labels.size() + " labels");
    }
    return row;
  }

  private BadEvent bad(String name, String rule) throws IOException {
    JsonToken found = json.currentToken();
    String shown =
        found == JsonToken.VALUE_STRING
            ? "'" + Shown.shortened(json.getText()) + "'"
            : found == JsonToken.START_ARRAY
                ? "an array"
                : found == JsonToken.START_OBJECT
                    ? "an object"
                    : Shown.shortened(String.valueOf(json.getText()));
    return new BadEvent(name + ": must be " + rule + "; found " + shown);
  }
}
