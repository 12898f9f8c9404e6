package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Events of interleaved sequences, the same for the same seed. The label of an event follows from
 * the events of its sequence before it, so that there is something to learn. Sequences end now and
 * then, with an event or bare, and begin anew.
 */
final class Sequences {
  static final List<String> LABELS = List.of("down", "level", "up");
  static final int FEATURES = 4;

  private static final List<String> WORDS =
      List.of("the", "Eddy", "turns", "back", "in", "a", "stream", "of", "42", "events", "École");
  private static final long START = 1_700_000_000_000L;

  /** An event as it goes to Kafka; partition null is chosen by the key. */
  record Sent(byte[] key, byte[] value, Integer partition) {
    static Sent of(String key, String value) {
      return new Sent(key.getBytes(UTF_8), value.getBytes(UTF_8), null);
    }

    Sent to(int chosen) {
      return new Sent(key, value, chosen);
    }

    /** False for a bare end, which gets no tag and no score. */
    boolean hasInput() {
      String text = new String(value, UTF_8);
      return text.contains("\"features\"") || text.contains("\"token\"");
    }
  }

  private final Random random;
  private final boolean tokens;
  private final double[] level;
  private long time = START;

  private Sequences(long seed, int sequences, boolean tokens) {
    this.random = new Random(seed);
    this.tokens = tokens;
    this.level = new double[sequences];
  }

  static List<Sent> numbers(long seed, int sequences, int count) {
    return new Sequences(seed, sequences, false).next(count);
  }

  static List<Sent> tokens(long seed, int sequences, int count) {
    return new Sequences(seed, sequences, true).next(count);
  }

  private List<Sent> next(int count) {
    List<Sent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int sequence = random.nextInt(level.length);
      time += random.nextInt(20);
      int kind = random.nextInt(100);
      String key = "s-" + sequence;
      String input = kind == 0 ? "" : tokens ? token(sequence) : features(sequence);
      String end = kind <= 1 ? ",\"end\":true" : "";
      if (kind <= 1) {
        level[sequence] = 0;
      }
      events.add(
          Sent.of(key, "{\"sequence\":\"" + key + "\"" + input + end + ",\"time\":" + time + "}"));
    }
    return events;
  }

  private String features(int sequence) {
    StringBuilder text = new StringBuilder(",\"features\":[");
    for (int i = 0; i < FEATURES; i++) {
      float x = (float) random.nextGaussian();
      if (i == 0) {
        level[sequence] = 0.5 * level[sequence] + x;
      }
      text.append(i == 0 ? "" : ",").append(x);
    }
    return text.append(']').append(label(sequence)).toString();
  }

  private String token(int sequence) {
    int word = random.nextInt(WORDS.size());
    level[sequence] = 0.5 * level[sequence] + (word - WORDS.size() / 2) / 4.0;
    return ",\"token\":\"" + WORDS.get(word) + "\"" + label(sequence);
  }

  private String label(int sequence) {
    double now = level[sequence];
    return ",\"label\":\"" + LABELS.get(now < -0.3 ? 0 : now > 0.3 ? 2 : 1) + "\"";
  }
}
