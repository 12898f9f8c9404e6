package dev.eddy.serialization.json;

import dev.eddy.serialization.Tag;

/**
 * {@code {"sequence":"m-7","index":0,"tag":"ok","probability":0.93,"model_version":12,"time":1}},
 * and {@code "scores":[…]} where they were asked for.
 */
public final class TagJson {
  private TagJson() {}

  /** One row, without the end of the line. */
  public static byte[] write(Tag tag) {
    return JsonRow.write(
        json -> {
          json.writeStringField("sequence", tag.sequence());
          json.writeNumberField("index", tag.index());
          json.writeStringField("tag", tag.tag());
          json.writeNumberField("probability", tag.probability());
          json.writeNumberField("model_version", tag.modelVersion());
          json.writeNumberField("time", tag.time());
          if (tag.scores() != null) {
            json.writeArrayFieldStart("scores");
            for (float score : tag.scores()) {
              json.writeNumber(score);
            }
            json.writeEndArray();
          }
        });
  }

  /**
   * Reads a row back, every float to the bit.
   *
   * @throws IllegalArgumentException naming the field, the rule and the value
   */
  public static Tag read(byte[] row) {
    JsonRow json = new JsonRow("tag", row);
    return new Tag(
        json.text("sequence"),
        json.integer("index"),
        json.text("tag"),
        json.number("probability"),
        json.integer("model_version"),
        json.integer("time"),
        json.numbers("scores"));
  }
}
