package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The lines of code in docs/lectures.md stand in these tests, and each of its rows has a test. */
class DocumentTest {
  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern ROW = Pattern.compile("^## (L\\d+) ", Pattern.MULTILINE);
  private static final Pattern SPACE = Pattern.compile("\\s+");

  private final String document = read(Path.of("..", "docs", "lectures.md"));
  private final List<String> tests = tests();

  @Test
  void everyLineOfCodeIsOfATest() {
    List<String> blocks = all(CODE);
    assertTrue(blocks.size() > 20, blocks.size() + " blocks of code");
    for (String block : blocks) {
      String code = squeezed(block);
      assertTrue(
          tests.stream().anyMatch(test -> squeezed(test).contains(code)),
          "docs/lectures.md: no test has these lines:\n" + block);
    }
  }

  @Test
  void everyRowHasATest() {
    List<String> rows = all(ROW);
    assertTrue(rows.containsAll(List.of("L1", "L11", "L19", "L21")), rows + "");
    for (String row : rows) {
      assertTrue(
          tests.stream().anyMatch(test -> test.contains("\"" + row + " ")),
          "docs/lectures.md: no test's display name begins with " + row);
    }
  }

  private List<String> all(Pattern pattern) {
    return pattern.matcher(document).results().map(match -> match.group(1)).toList();
  }

  private static String squeezed(String code) {
    return SPACE.matcher(code).replaceAll("");
  }

  private static List<String> tests() {
    Path folder = Path.of("src", "test", "java", "dev", "eddy", "operators", "lectures");
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(DocumentTest::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
