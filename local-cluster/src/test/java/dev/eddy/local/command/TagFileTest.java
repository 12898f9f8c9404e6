package dev.eddy.local.command;

import static dev.eddy.local.command.EddyTest.eddy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.local.command.EddyTest.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code eddy tag} from file to file: PyTorch's scores, whatever the order, bundles and subtasks.
 */
final class TagFileTest {
  private static final Path MODELS = Path.of("src", "test", "resources", "pytorch");

  /** Roundings of float, some ten times over through up to three layers of steep cells. */
  private static final double TOLERANCE = 3e-6;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void oneLayerAgreesWithPyTorchAndOneByOneGivesTheSameBits() throws Exception {
    Path model = MODELS.resolve("lstm-1");
    Path events = model.resolve("events.jsonl");
    var tags = assertAgreesWithPyTorch(model);
    assertEquals(tags, bySequence(tag(model, oneAfterTheOther(events), "--max-batch-size", "1")));
  }

  @Test
  void twoLayersAgreeWithPyTorchAndTwoSubtasksGiveTheSameBits() throws Exception {
    Path model = MODELS.resolve("lstm-2");
    Path events = shuffled(model.resolve("events.jsonl"));
    var tags = assertAgreesWithPyTorch(model);
    String[] options = {"--max-batch-size", "7", "--parallelism.default", "2"};
    assertEquals(tags, bySequence(tag(model, events, options)));
  }

  @Test
  void threeLayersAgreeWithPyTorchAndThreeSubtasksGiveTheSameBits() throws Exception {
    Path model = MODELS.resolve("lstm-3");
    Path events = model.resolve("events.jsonl");
    var tags = assertAgreesWithPyTorch(model);
    assertEquals(tags, bySequence(tag(model, events, "--parallelism.default", "3")));
  }

  /** The lines of each sequence, which have PyTorch's tags and scores. */
  private Map<String, List<String>> assertAgreesWithPyTorch(Path model) throws IOException {
    List<String> tags = tag(model, model.resolve("events.jsonl"));
    assertAgree(model.resolve("expected.jsonl"), tags);
    return bySequence(tags);
  }

  /** Asserts that each sequence has the tags and scores of the stored rows. */
  static void assertAgree(Path rows, List<String> tags) throws IOException {
    var expected = bySequence(Files.readAllLines(rows));
    var found = bySequence(tags);
    assertEquals(expected.keySet(), found.keySet());
    for (String sequence : expected.keySet()) {
      List<String> right = expected.get(sequence);
      assertEquals(right.size(), found.get(sequence).size(), sequence);
      for (int i = 0; i < right.size(); i++) {
        assertAgree(JSON.readTree(right.get(i)), JSON.readTree(found.get(sequence).get(i)));
      }
    }
  }

  @Test
  void badEventsAreListedAndMakeTheExitCodeThree() throws Exception {
    Path model = MODELS.resolve("lstm-1");
    List<String> good = Files.readAllLines(model.resolve("events.jsonl")).subList(0, 3);
    Path alone = Files.write(folder.resolve("alone.jsonl"), good);
    List<String> lines =
        List.of(
            good.get(0),
            "{\"sequence\":\"m-9\",\"features\":[1,2,3]}",
            good.get(1),
            "",
            "{\"sequence\":\"m-9\"",
            "{\"features\":[1,2,3,4,5,6]}",
            "{\"sequence\":\"m-9\",\"features\":[1,2,3,4,5,1e39]}",
            good.get(2));
    Path mixed = Files.write(folder.resolve("mixed.jsonl"), lines);
    Path output = folder.resolve("mixed-tags.jsonl");

    Run run =
        eddy(
            "tag",
            "--model",
            model.toString(),
            "--input",
            mixed.toString(),
            "--output",
            output.toString(),
            "--scores");
    assertEquals(3, run.exit(), run.err());
    List<String> tags = Files.readAllLines(output);

    Path letters = folder.resolve("mixed-tags.jsonl.dead-letters.jsonl");
    List<JsonNode> dead = new ArrayList<>();
    for (String letter : Files.readAllLines(letters)) {
      dead.add(JSON.readTree(letter));
    }
    assertEquals(
        List.of(2, 5, 6, 7), dead.stream().map(d -> d.get("line").intValue()).sorted().toList());
    for (JsonNode letter : dead) {
      assertFalse(letter.get("reason").textValue().isBlank());
    }
    assertTrue(run.out().contains("4 bad events in " + letters), run.out());

    Files.move(output, folder.resolve("tags.jsonl"));
    Path now = Files.move(letters, folder.resolve("tags.jsonl.dead-letters.jsonl"));
    assertEquals(tag(model, alone), tags, "the good events do not notice the bad ones");
    assertFalse(Files.exists(now), "left from the run before");
  }

  private static void assertAgree(JsonNode expected, JsonNode tag) {
    String where = expected.toString();
    for (String field : List.of("sequence", "index", "tag")) {
      assertEquals(expected.get(field), tag.get(field), where);
    }
    assertEquals(expected.get("scores").size(), tag.get("scores").size(), where);
    for (int i = 0; i < expected.get("scores").size(); i++) {
      double right = expected.get("scores").get(i).doubleValue();
      assertEquals(right, tag.get("scores").get(i).doubleValue(), TOLERANCE, where);
    }
  }

  private List<String> tag(Path model, Path events, String... options) throws IOException {
    Path output = folder.resolve("tags.jsonl");
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "tag",
                "--model",
                model.toString(),
                "--input",
                events.toString(),
                "--output",
                output.toString(),
                "--scores"));
    arguments.addAll(Arrays.asList(options));
    Run run = eddy(arguments.toArray(String[]::new));
    assertEquals(0, run.exit(), run.err());
    return Files.readAllLines(output);
  }

  /** The lines of each sequence in their order. */
  private static Map<String, List<String>> bySequence(List<String> lines) throws IOException {
    Map<String, List<String>> sequences = new TreeMap<>();
    for (String line : lines) {
      String sequence = JSON.readTree(line).get("sequence").textValue();
      sequences.computeIfAbsent(sequence, s -> new ArrayList<>()).add(line);
    }
    return sequences;
  }

  private Path oneAfterTheOther(Path events) throws IOException {
    List<String> lines =
        bySequence(Files.readAllLines(events)).values().stream().flatMap(List::stream).toList();
    return Files.write(folder.resolve("one-after-the-other.jsonl"), lines);
  }

  private Path shuffled(Path events) throws IOException {
    Random random = new Random(3);
    List<List<String>> left =
        new ArrayList<>(
            bySequence(Files.readAllLines(events)).values().stream().map(ArrayList::new).toList());
    List<String> lines = new ArrayList<>();
    while (!left.isEmpty()) {
      List<String> sequence = left.get(random.nextInt(left.size()));
      lines.add(sequence.remove(0));
      left.removeIf(List::isEmpty);
    }
    return Files.write(folder.resolve("shuffled.jsonl"), lines);
  }
}
