package dev.eddy.serialization.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.eddy.serialization.Shown;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** One JSON object on one line, as bytes: written field by field, read by name. */
final class JsonRow {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  private static final JsonMapper TREES =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private final String what;
  private final JsonNode json;

  /**
   * Reads an object.
   *
   * @param what the row is, for messages
   * @throws IllegalArgumentException where it is none
   */
  JsonRow(String what, byte[] row) {
    this.what = what;
    try {
      json = TREES.readTree(row);
    } catch (JsonProcessingException broken) {
      throw new IllegalArgumentException(
          what + ": must be a JSON object; found " + Utf8.shown(row), broken);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  static byte[] write(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  String text(String name) {
    JsonNode value = json.path(name);
    if (!value.isTextual()) {
      throw bad(name, "a string", value);
    }
    return value.textValue();
  }

  long integer(String name) {
    JsonNode value = json.path(name);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw bad(name, "an integer", value);
    }
    return value.longValue();
  }

  float number(String name) {
    return Float.parseFloat(digits(name, json.path(name)));
  }

  /** What the generator quotes, since JSON has no such numbers, is read too: NaN, Infinity. */
  double wideNumber(String name) {
    return Double.parseDouble(digits(name, json.path(name)));
  }

  /** Null where there is no such field. */
  float[] numbers(String name) {
    JsonNode values = json.path(name);
    if (values.isMissingNode()) {
      return null;
    }
    if (!values.isArray()) {
      throw bad(name, "an array", values);
    }
    float[] numbers = new float[values.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Float.parseFloat(digits(name, values.get(i)));
    }
    return numbers;
  }

  private String digits(String name, JsonNode value) {
    String text = value.asText();
    if (!value.isNumber()
        && !text.equals("NaN")
        && !text.equals("Infinity")
        && !text.equals("-Infinity")) {
      throw bad(name, "a number", value);
    }
    return text;
  }

  private IllegalArgumentException bad(String name, String rule, JsonNode found) {
    return new IllegalArgumentException(
        what
            + ": "
            + name
            + " must be "
            + rule
            + "; found "
            + (found.isMissingNode() ? "nothing" : Shown.shortened(found.toString())));
  }
}
