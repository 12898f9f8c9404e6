package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.TagJson;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTaggingTest {
  private static final int SEQUENCES = 7;
  private static final int EVENTS = 30;

  @TempDir Path folder;
  private Path input;
  private Path output;

  @BeforeEach
  void aModelAndPlaces() throws IOException {
    ModelDirectory.write(Models.lstm(), folder.resolve("model"), false);
    input = folder.resolve("_events.jsonl");
    output = folder.resolve("tags.jsonl");
  }

  @Test
  void everyEventIsTaggedToTheSameBitsWhateverTheBundlesAndTheParallelism() throws Exception {
    List<String> events = interleaved();
    List<Tag> alone = tags(events, "--max-batch-size=1", "--parallelism.default=1");
    List<Tag> bundled = tags(events, "--max-batch-size=16", "--parallelism.default=2");
    assertEquals(SEQUENCES * EVENTS, alone.size());
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
      List<Tag> expected = of("s" + sequence, alone);
      List<Tag> found = of("s" + sequence, bundled);
      assertEquals(EVENTS, found.size());
      for (int i = 0; i < EVENTS; i++) {
        assertEquals(i, found.get(i).index());
        assertEquals(expected.get(i).tag(), found.get(i).tag());
        assertArrayEquals(expected.get(i).scores(), found.get(i).scores());
      }
    }
  }

  @Test
  void unlessAParallelismIsAskedForTheRowsStandInTheOrderOfTheEvents() throws Exception {
    List<Tag> tags = tags(interleaved(), "--max-batch-size=16");
    for (int i = 0; i < tags.size(); i++) {
      assertEquals("s" + i % SEQUENCES, tags.get(i).sequence());
    }
  }

  @Test
  void badLinesAreReportedWithTheirNumbersAndBlankOnesAreNot() throws Exception {
    Files.writeString(
        input,
        """
        \uFEFF{"sequence":"a","features":[1,2]}\r

        {"sequence":"a","features":[1]}
        not json
        \t
        {"sequence":"a","features":[3,4],"time":5}""");
    var result = run();
    assertEquals(new FileTagging.Result(2, 2), result);
    assertEquals(
        List.of(
            "{\"line\":3,\"reason\":\"features: must hold 2 numbers; found 1\","
                + "\"value\":\"{\\\"sequence\\\":\\\"a\\\",\\\"features\\\":[1]}\"}",
            "{\"line\":4,\"reason\":\"value: must be a JSON object; found 'not json', 8 bytes\","
                + "\"value\":\"not json\"}"),
        Files.readAllLines(Path.of(output + ".dead-letters.jsonl")));
    assertEquals(2, Files.readAllLines(output).size());

    Files.writeString(input, "{\"sequence\":\"a\",\"features\":[1,2]}\n");
    assertEquals(new FileTagging.Result(1, 0), run());
    assertFalse(Files.exists(Path.of(output + ".dead-letters.jsonl")));
  }

  @Test
  void anEventForWhichThereAreNoNumbersIsReported() throws Exception {
    ModelDirectory.write(Models.overflowing(), folder.resolve("model"), true);
    String still = "{\"sequence\":\"a\",\"features\":[0,0]}";
    Files.write(input, List.of(still, still));
    assertEquals(new FileTagging.Result(2, 0), run());
    final List<String> expected = Files.readAllLines(output);
    String broken = "{\"sequence\":\"a\",\"features\":[9.0,0.1],\"time\":3}";
    Files.write(input, List.of(still, broken, still));
    assertEquals(new FileTagging.Result(2, 1), run());
    assertEquals(expected, Files.readAllLines(output));
    assertEquals(
        "{\"reason\":\"scores: must be finite; found none at index 1 of sequence 'a', model version"
            + " 0\",\"value\":\""
            + broken.replace("\"", "\\\"")
            + "\"}",
        Files.readString(Path.of(output + ".dead-letters.jsonl")).strip());
  }

  @Test
  void anEmptyFileGivesAnEmptyFile() throws Exception {
    Files.writeString(input, "\n");
    assertEquals(new FileTagging.Result(0, 0), run());
    assertEquals("", Files.readString(output));
  }

  @Test
  void whatCannotWorkIsRefusedAndLeavesTheOutputAlone() throws IOException {
    Files.writeString(input, "{\"sequence\":\"a\",\"features\":[1,2]}\n");
    Files.writeString(output, "mine");
    assertRefused(
        folder.resolve("none") + ": must be a file that can be read",
        new FileTagging(configuration(), folder.resolve("none"), output));
    assertRefused(
        input + ": must not be the input", new FileTagging(configuration(), input, input));
    assertRefused(
        folder + ": must be a file, is a folder", new FileTagging(configuration(), input, folder));
    Path link = Files.createSymbolicLink(folder.resolve("link"), output);
    assertRefused(
        link + ": must be a file that can be replaced, is a link or a device",
        new FileTagging(configuration(), input, link));
    assertRefused(
        folder.resolve("no") + ": must be a folder that can be written to",
        new FileTagging(configuration(), input, folder.resolve("no").resolve("tags.jsonl")));
    assertRefused(
        "eddy.model.directory: must be given; a new model directory is made by eddy init",
        new FileTagging(new Configuration(), input, output));
    assertRefused(
        "eddy.field.*: names of the event's fields are [sequence, token, features, label, time,"
            + " time]; must be different and not empty",
        new FileTagging(configuration("--field.end=time"), input, output));
    assertRefused(
        "eddy.generate.length: must be 0 but for a language model of words, got 3 for task tagging,"
            + " features numeric",
        new FileTagging(configuration("--generate.length=3"), input, output));
    assertRefused(
        "eddy.generate.until: must be one of the model's 3 labels, got 'left'",
        new FileTagging(configuration("--generate.until=left"), input, output));
    Files.delete(folder.resolve("model").resolve("config.json"));
    assertRefused(
        "eddy.model.directory: "
            + folder.resolve("model/config.json")
            + ": no such file; a model directory has config.json and model.safetensors, and eddy"
            + " init makes one",
        new FileTagging(configuration(), input, output));
    assertEquals("mine", Files.readString(output));
  }

  private static void assertRefused(String message, FileTagging tagging) {
    assertEquals(message, assertThrows(BadConfiguration.class, tagging::run).getMessage());
  }

  /** Events of all sequences in turn, every third of a sequence without a time. */
  private static List<String> interleaved() {
    var random = new Random(5);
    var events = new ArrayList<String>();
    for (int i = 0; i < EVENTS; i++) {
      for (int sequence = 0; sequence < SEQUENCES; sequence++) {
        events.add(
            "{\"sequence\":\"s%d\",\"features\":[%s,%s]%s}"
                .formatted(
                    sequence,
                    random.nextFloat(),
                    random.nextFloat(),
                    i % 3 == 0 ? "" : ",\"time\":" + i));
      }
    }
    return events;
  }

  private List<Tag> tags(List<String> events, String... flags) throws Exception {
    Files.write(input, events);
    run(flags);
    return Files.readAllLines(output).stream()
        .map(row -> TagJson.read(row.getBytes(StandardCharsets.UTF_8)))
        .toList();
  }

  private static List<Tag> of(String sequence, List<Tag> tags) {
    return tags.stream()
        .filter(tag -> tag.sequence().equals(sequence))
        .collect(Collectors.toList());
  }

  private FileTagging.Result run(String... flags) throws Exception {
    return new FileTagging(configuration(flags), input, output).run();
  }

  private Configuration configuration(String... flags) {
    var all = new ArrayList<>(List.of("--scores", "--model.directory=" + folder.resolve("model")));
    all.addAll(Arrays.asList(flags));
    return Settings.load(all);
  }
}
