package dev.eddy.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
  @Test
  void endsAreLfCrLfOrTheFile() throws IOException {
    assertEquals(List.of("1:a", "2:b", "3:c"), lines("a\nb\r\nc"));
    assertEquals(List.of("1:a"), lines("a\n"));
    assertEquals(List.of("1:a"), lines("a\r"));
    assertEquals(List.of(), lines(""));
  }

  @Test
  void aCarriageReturnInsideALineStays() throws IOException {
    assertEquals(List.of("1:a\rb"), lines("a\rb\n"));
  }

  @Test
  void blankLinesArePassedOverButCounted() throws IOException {
    assertEquals(List.of("3:a", "5:b"), lines("\n \t \r\na\n\nb\n\n"));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstLine() throws IOException {
    assertEquals(List.of("1:a", "2:\uFEFFb"), lines("\uFEFFa\n\uFEFFb"));
    assertEquals(List.of("2:a"), lines("\uFEFF\r\na"));
  }

  @Test
  void aLineIsAnyBytes() throws IOException {
    try (var lines = new Lines(new ByteArrayInputStream(new byte[] {-1, 0, 'x', '\n'}))) {
      assertArrayEquals(new byte[] {-1, 0, 'x'}, lines.next());
    }
  }

  private static List<String> lines(String text) throws IOException {
    var all = new ArrayList<String>();
    try (var lines = new Lines(new ByteArrayInputStream(text.getBytes(UTF_8)))) {
      for (byte[] line = lines.next(); line != null; line = lines.next()) {
        all.add(lines.number() + ":" + new String(line, UTF_8));
      }
    }
    return all;
  }
}
