package dev.eddy.serialization.json;

import dev.eddy.serialization.Score;

/**
 * {@code {"model":"main","batch":1,"events":256,"correct":200,"total_events":4096,"loss":0.5,
 * "gradient_norm":1.5,"time":1,"model_version":12}}.
 */
public final class ScoreJson {
  private ScoreJson() {}

  /** One row, without the end of the line. */
  public static byte[] write(Score score) {
    return JsonRow.write(
        json -> {
          json.writeStringField("model", score.model());
          json.writeNumberField("batch", score.batch());
          json.writeNumberField("events", score.events());
          json.writeNumberField("correct", score.correct());
          json.writeNumberField("total_events", score.totalEvents());
          json.writeNumberField("loss", score.loss());
          json.writeNumberField("gradient_norm", score.gradientNorm());
          json.writeNumberField("time", score.time());
          json.writeNumberField("model_version", score.modelVersion());
        });
  }

  /**
   * Reads a row back, every number to the bit.
   *
   * @throws IllegalArgumentException naming the field, the rule and the value
   */
  public static Score read(byte[] row) {
    JsonRow json = new JsonRow("score", row);
    return new Score(
        json.text("model"),
        json.integer("batch"),
        Math.toIntExact(json.integer("events")),
        Math.toIntExact(json.integer("correct")),
        json.integer("total_events"),
        json.wideNumber("loss"),
        json.wideNumber("gradient_norm"),
        json.integer("time"),
        json.integer("model_version"));
  }
}
