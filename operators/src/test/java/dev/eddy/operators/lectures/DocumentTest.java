package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * docs/lectures.md has each of the rows L1 to L21, with code that builds it, and that code stands
 * in a test of the row, or in what a class with such a test has beside its tests.
 */
class DocumentTest {
  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern ROW = Pattern.compile("^## (L\\d+) .*", Pattern.MULTILINE);
  private static final Pattern SPACE = Pattern.compile("\\s+");

  /** Members of a class stand apart by a blank line and have two spaces before them. */
  private static final Pattern MEMBER = Pattern.compile("\n\n(?=  \\S)");

  private static final Pattern TEST = Pattern.compile("@(Parameterized)?Test\\b");
  private static final Pattern NAME =
      Pattern.compile("(@DisplayName\\(|@ParameterizedTest\\(\\s*name =)\\s*\"(L\\d+) ");

  /**
   * A method, a field or an inner class of a test class.
   *
   * @param row of a test, null for what is none
   */
  private record Member(String file, String row, String code) {
    boolean test() {
      return TEST.matcher(code).find();
    }
  }

  private final String document = read(Path.of("..", "docs", "lectures.md"));
  private final List<Member> members = members();

  @Test
  void everyRowIsThere() {
    List<String> rows = ROW.matcher(document).results().map(match -> match.group(1)).toList();
    assertEquals(IntStream.rangeClosed(1, 21).mapToObj(i -> "L" + i).toList(), rows);
  }

  @Test
  void everyTestSaysItsRow() {
    List<Member> tests = members.stream().filter(Member::test).toList();
    assertTrue(tests.size() > 60, tests.size() + " tests");
    for (Member test : tests) {
      assertTrue(test.row != null, test.file + ": a test of no row:\n" + test.code);
    }
  }

  @Test
  void everyRowIsBuiltByCodeOfItsTests() {
    String[] sections = document.split("(?m)^(?=## L)", -1);
    assertEquals(22, sections.length, "an introduction and 21 rows");
    for (String section : sections) {
      var row = ROW.matcher(section);
      String name = row.find() ? row.group(1) : null;
      List<String> blocks = CODE.matcher(section).results().map(match -> match.group(1)).toList();
      assertFalse(blocks.isEmpty(), "docs/lectures.md: no code builds " + name);
      List<String> files =
          members.stream()
              .filter(member -> name == null || name.equals(member.row))
              .map(Member::file)
              .toList();
      for (String block : blocks) {
        String code = squeezed(block);
        assertTrue(
            members.stream()
                .filter(member -> files.contains(member.file))
                .filter(member -> name == null || !member.test() || name.equals(member.row))
                .anyMatch(member -> squeezed(member.code).contains(code)),
            "docs/lectures.md: no test of " + name + " has these lines:\n" + block);
      }
    }
  }

  private static String squeezed(String code) {
    return SPACE.matcher(code).replaceAll("");
  }

  private static List<Member> members() {
    Path folder = Path.of("src", "test", "java", "dev", "eddy", "operators", "lectures");
    Path jobs = Path.of("..", "jobs", "src", "test", "java", "dev", "eddy", "jobs");
    try (Stream<Path> files = Files.list(folder)) {
      return Stream.concat(files, Stream.of(jobs.resolve("UsesITCase.java")))
          .filter(file -> !file.endsWith("DocumentTest.java"))
          .flatMap(file -> MEMBER.splitAsStream(read(file)).map(code -> member(file, code)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Member member(Path file, String code) {
    var name = NAME.matcher(code);
    return new Member(file.getFileName().toString(), name.find() ? name.group(2) : null, code);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
