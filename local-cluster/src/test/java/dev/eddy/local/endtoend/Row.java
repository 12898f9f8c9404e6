package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.eddy.serialization.Score;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.ScoreJson;
import dev.eddy.serialization.json.TagJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A record of a topic, to be compared to the byte: each character is one byte, null is null.
 *
 * @param headers in their order, as {@code key=value}
 */
record Row(String key, String value, List<String> headers) {
  private static final int SHOWN = 500;

  static Row of(ConsumerRecord<byte[], byte[]> found) {
    List<String> headers = new ArrayList<>();
    for (Header header : found.headers()) {
      headers.add(header.key() + "=" + text(header.value()));
    }
    return new Row(text(found.key()), text(found.value()), headers);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : new String(bytes, ISO_8859_1);
  }

  Tag tag() {
    return TagJson.read(value.getBytes(ISO_8859_1));
  }

  Score score() {
    return ScoreJson.read(value.getBytes(ISO_8859_1));
  }

  /** Whether its key ends so and it deletes nothing. */
  boolean holds(String suffix) {
    return key.endsWith(suffix) && value != null;
  }

  /** Rows by key, each key's in their order. */
  static Map<String, List<Row>> byKey(List<Row> rows) {
    return rows.stream()
        .collect(Collectors.groupingBy(Row::key, LinkedHashMap::new, Collectors.toList()));
  }

  /** Fails at the first difference. */
  static void assertSame(List<Row> expected, List<Row> actual) {
    for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
      if (!expected.get(i).equals(actual.get(i))) {
        fail("row " + i + ": expected " + expected.get(i) + ", found " + actual.get(i));
      }
    }
    assertEquals(expected.size(), actual.size(), "number of rows");
  }

  /** Fails at the first difference within a key. */
  static void assertSameByKey(List<Row> expected, List<Row> actual) {
    Map<String, List<Row>> found = byKey(actual);
    byKey(expected).forEach((key, rows) -> assertSame(rows, found.getOrDefault(key, List.of())));
    assertEquals(expected.size(), actual.size(), "number of rows");
  }

  @Override
  public String toString() {
    String shown =
        value == null || value.length() <= SHOWN
            ? value
            : value.substring(0, SHOWN) + "... " + value.length() + " bytes, " + value.hashCode();
    return key + " -> " + shown + " " + headers;
  }
}
