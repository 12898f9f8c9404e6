package dev.eddy.serialization.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.DeepEquals;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Samples;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Tag;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tags and scores as JSON. */
class RowsTest {
  private static final Tag TAG = new Tag("m-7", 4, "ok", 0.93f, 12, 5, null);

  @Test
  void tagsAreWrittenAsDocumented() {
    assertEquals(
        """
        {"sequence":"m-7","index":4,"tag":"ok","probability":0.93,"model_version":12,"time":5}""",
        text(TagJson.write(TAG)));
    assertEquals(
        """
        {"sequence":"\\"\\n🐟","index":0,"tag":"ä","probability":1.0,"model_version":0,"time":0,\
        "scores":[0.1,0.9,1.4E-45]}""",
        text(
            TagJson.write(
                new Tag("\"\n🐟", 0, "ä", 1, 0, 0, new float[] {0.1f, 0.9f, Float.MIN_VALUE}))));
  }

  @Test
  void scoresAreWrittenAsDocumented() {
    assertEquals(
        """
        {"model":"main","batch":1,"events":256,"correct":200,"total_events":4096,"loss":0.5,\
        "gradient_norm":0.1,"time":5,"model_version":12}""",
        text(ScoreJson.write(new Score("main", 1, 256, 200, 4096, 0.5, 0.1, 5, 12))));
  }

  @Test
  void everyFloatComesBackToTheBit() {
    Random random = new Random(11);
    for (int round = 0; round < 5_000; round++) {
      float[] scores = {random.nextFloat(), Float.intBitsToFloat(random.nextInt(0x7f800000))};
      Tag tag =
          new Tag(
              "a", random.nextLong(), "b", random.nextFloat(), random.nextLong(), round, scores);
      assertTrue(DeepEquals.test(tag, TagJson.read(TagJson.write(tag))), tag::toString);
    }
    assertTrue(DeepEquals.test(TAG, TagJson.read(TagJson.write(TAG))));
  }

  @Test
  void eventsComeBackToTheBit() throws BadEvent {
    EventFields fields = new EventFields("s", "w", "x", "y", "t", "e");
    EventFormat numbers = new EventFormat(Samples.CONFIG, fields, false);
    Random random = new Random(17);
    for (int round = 0; round < 1_000; round++) {
      float[] x = {random.nextFloat(), Float.intBitsToFloat(random.nextInt(0x7f800000))};
      Event event = new Event("ä" + round, null, x, Event.NO_LABEL, round, round % 2 == 0);
      assertTrue(DeepEquals.test(event, numbers.parse(null, EventJson.write(event, fields), 0)));
    }
    assertEquals(
        """
        {"s":"a","w":"\\"🐟","t":5}""",
        text(EventJson.write(new Event("a", "\"🐟", null, Event.NO_LABEL, 5, false), fields)));
  }

  @Test
  void everyDoubleComesBackToTheBit() {
    Random random = new Random(13);
    for (int round = 0; round < 5_000; round++) {
      Score score =
          new Score(
              "m",
              round,
              7,
              5,
              random.nextLong(),
              Double.longBitsToDouble(random.nextLong()),
              random.nextDouble(),
              1,
              2);
      assertEquals(score, ScoreJson.read(ScoreJson.write(score)));
    }
    for (double loss : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Score score = new Score("m", 1, 1, 1, 1, loss, -loss, 1, 1);
      assertEquals(score, ScoreJson.read(ScoreJson.write(score)));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "index":4          | "index":4.5         | tag: index must be an integer; found 4.5
          "index":4,         | ``                  | tag: index must be an integer; found nothing
          "sequence":"m-7"   | "sequence":7        | tag: sequence must be a string; found 7
          "probability":0.93 | "probability":"x"   | tag: probability must be a number; found "x"
          "time":5           | "time":5,"scores":7 | tag: scores must be an array; found 7
          "time":5           | "time":5,"tag":"ok" | tag: must be a JSON object; found '{
          "time":5}          | "time":5            | tag: must be a JSON object; found '{
          """)
  void whatIsWrongIsNamed(String part, String otherwise, String message) {
    String row = text(TagJson.write(TAG));
    assertTrue(row.contains(part), part);
    byte[] bad = row.replace(part, otherwise).getBytes(StandardCharsets.UTF_8);
    String found =
        assertThrows(IllegalArgumentException.class, () -> TagJson.read(bad)).getMessage();
    assertTrue(found.startsWith(message), found);
  }

  private static String text(byte[] row) {
    return new String(row, StandardCharsets.UTF_8);
  }
}
