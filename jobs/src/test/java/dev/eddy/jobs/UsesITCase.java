package dev.eddy.jobs;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.operators.training.Learning;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.json.TagJson;
import dev.eddy.serialization.model.ModelAssembly;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The uses of recurrent networks: what the training job has learned, the tagging job uses. */
class UsesITCase {
  private static final List<String> SYMBOLS = List.of("B", "T", "P", "S", "X", "V", "E");

  /** Of each state of Reber's grammar (1967): the symbols that may follow, and where they lead. */
  private static final String[][] GRAMMAR = {
    {"B1"}, {"T2", "P3"}, {"S2", "X4"}, {"T3", "V5"}, {"X3", "S6"}, {"P4", "V6"}, {"E7"}
  };

  @TempDir private Path folder;
  private final List<String> lines = new ArrayList<>();

  @Test
  @DisplayName("L19 classification: is a string of Reber's grammar or has it a wrong symbol")
  void classification() throws Exception {
    Random random = new Random(1);
    strings(random, 24000, this::judged);
    ModelSnapshot model = learned("classification", List.of("legal", "illegal"));
    Map<String, String> right = strings(random, 400, this::judged);
    List<Tag> tags = tags(model);
    assertEquals(right.size(), tags.size());
    long correct = tags.stream().filter(tag -> tag.tag().equals(right.get(tag.sequence()))).count();
    assertTrue(correct >= 0.9 * right.size(), correct + " of " + right.size());
  }

  @Test
  @DisplayName("L19 tagging: the parity of the bits so far")
  void tagging() throws Exception {
    Random random = new Random(2);
    strings(random, 3000, this::bits);
    ModelSnapshot model = learned("tagging", List.of("even", "odd"));
    Map<String, String> right = strings(random, 200, this::bits);
    List<Tag> tags = tags(model);
    Map<String, String> given = new HashMap<>();
    tags.forEach(tag -> given.merge(tag.sequence(), tag.tag(), (a, b) -> a + " " + b));
    assertEquals(right, given);
  }

  @Test
  @DisplayName("L19 language model: what it expects next is what Reber's grammar allows")
  void languageModel() throws Exception {
    Random random = new Random(3);
    strings(random, 4000, this::reber);
    ModelSnapshot model = learned("language-model", SYMBOLS);
    Map<String, String> texts = strings(random, 200, this::reber);
    int legal = 0;
    List<Tag> tags = tags(model, "--scores");
    for (Tag tag : tags) {
      String text = texts.get(tag.sequence());
      String allowed = allowed(text.substring(0, (int) tag.index() + 1));
      legal += likeliest(tag.scores(), allowed.length()).equals(allowed) ? 1 : 0;
    }
    assertEquals(texts.values().stream().mapToInt(String::length).sum(), tags.size());
    // nothing is allowed after an E
    assertTrue(legal >= 0.99 * tags.size(), legal + " of " + tags.size());
  }

  @Test
  @DisplayName("L19 generation: from a B, strings of Reber's grammar, by its own predictions")
  void generation() throws Exception {
    Random random = new Random(3);
    strings(random, 4000, this::reber);
    ModelSnapshot model = learned("language-model", SYMBOLS);
    lines.clear();
    for (int i = 0; i < 200; i++) {
      add("g" + i, "B", null, true);
    }
    List<Tag> tags = tags(model, "--generate.length=60", "--generate.until=E", "--generate.seed=1");
    Map<String, String> texts = new LinkedHashMap<>();
    tags.forEach(tag -> texts.merge(tag.sequence(), "B" + tag.tag(), (a, b) -> a + tag.tag()));
    long legal = texts.values().stream().filter(text -> state(text) == GRAMMAR.length).count();
    assertEquals(200, texts.size());
    assertTrue(legal >= 190, legal + " of 200 are legal, as " + texts.values());
    assertTrue(texts.values().stream().distinct().count() > 20);
  }

  // data

  /** Writes one sequence and says what is right. */
  private interface Writer {
    String write(String sequence, Random random);
  }

  /** Begins a new file of sequences, and gives what is right of each. */
  private Map<String, String> strings(Random random, int count, Writer writer) {
    lines.clear();
    Map<String, String> right = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      right.put("s" + i, writer.write("s" + i, random));
    }
    return right;
  }

  private void add(String sequence, String token, String label, boolean end) {
    lines.add(
        "{\"sequence\":\"%s\",\"token\":\"%s\"%s%s}"
            .formatted(
                sequence,
                token,
                label == null ? "" : ",\"label\":\"" + label + "\"",
                end ? ",\"end\":true" : ""));
  }

  /** A string of the grammar. */
  private String reber(String sequence, Random random) {
    String text = reber(random);
    for (int i = 0; i < text.length(); i++) {
      add(sequence, text.substring(i, i + 1), null, i + 1 == text.length());
    }
    return text;
  }

  private static String reber(Random random) {
    StringBuilder text = new StringBuilder();
    for (int state = 0; state < GRAMMAR.length; ) {
      String step = GRAMMAR[state][random.nextInt(GRAMMAR[state].length)];
      text.append(step.charAt(0));
      state = step.charAt(1) - '0';
    }
    return text.toString();
  }

  /** A string of the grammar, or one that another symbol somewhere makes illegal. */
  private String judged(String sequence, Random random) {
    String legal = reber(random);
    String text = legal;
    if (random.nextBoolean()) {
      while (state(text) >= 0) {
        int at = random.nextInt(legal.length());
        String other = SYMBOLS.get(random.nextInt(SYMBOLS.size()));
        text = legal.substring(0, at) + other + legal.substring(at + 1);
      }
    }
    String label = text.equals(legal) ? "legal" : "illegal";
    for (int i = 0; i < text.length(); i++) {
      boolean end = i + 1 == text.length();
      add(sequence, text.substring(i, i + 1), end ? label : null, end);
    }
    return label;
  }

  private String bits(String sequence, Random random) {
    int length = 5 + random.nextInt(20);
    int ones = 0;
    List<String> labels = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      int bit = random.nextInt(2);
      ones += bit;
      labels.add(ones % 2 == 0 ? "even" : "odd");
      add(sequence, String.valueOf(bit), labels.get(i), i + 1 == length);
    }
    return String.join(" ", labels);
  }

  /** Where a string leads, -1 where it is not of the grammar. */
  private static int state(String text) {
    int state = 0;
    for (int i = 0; i < text.length(); i++) {
      char symbol = text.charAt(i);
      int next = -1;
      for (String step : state == GRAMMAR.length ? new String[0] : GRAMMAR[state]) {
        next = step.charAt(0) == symbol ? step.charAt(1) - '0' : next;
      }
      if (next < 0) {
        return -1;
      }
      state = next;
    }
    return state;
  }

  /** The symbols that may follow a string, in the order of {@link #SYMBOLS}. */
  private static String allowed(String text) {
    return SYMBOLS.stream().filter(symbol -> state(text + symbol) >= 0).collect(joining());
  }

  /** The n likeliest symbols, in the order of {@link #SYMBOLS}. */
  private static String likeliest(float[] scores, int n) {
    List<Integer> order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted((a, b) -> Float.compare(scores[b], scores[a]))
            .limit(n)
            .sorted()
            .toList();
    return order.stream().map(SYMBOLS::get).collect(joining());
  }

  // jobs

  /** What the training job makes of the lines. */
  private ModelSnapshot learned(String task, List<String> labels) throws Exception {
    var config =
        new ModelConfig("gru", 16, 32, 1, false, task, labels, new ModelConfig.Text(256, 16), 0);
    ModelSnapshot start = Initialization.fresh("default", config, 1);
    var file = Files.write(folder.resolve("labelled.jsonl"), lines);
    var format = new EventFormat(config, EventFields.DEFAULT, true);
    var scores = new Collected<Score>("scores-" + System.nanoTime());
    var models = new Collected<ModelRecord>("models-" + System.nanoTime());
    var deadLetters = new Collected<DeadLetter>("dead-letters-" + System.nanoTime());
    var options =
        new TrainingOptions(32, 32, Learning.adam(0.01f, 1), 1, 1 << 30, Duration.ofSeconds(10));
    var env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    Streaming.prepare(env, Settings.load(List.of("--parallelism.default=1")), "test");
    new TrainingJob(EventLines.of(file, format), scores, models, deadLetters, start, options)
        .define(env);
    env.execute();
    assertEquals(List.of(), deadLetters.values());
    var assembly = new ModelAssembly("default", 0);
    return models.values().stream()
        .map(record -> assembly.accept(record).model())
        .filter(Objects::nonNull)
        .reduce((before, after) -> after)
        .orElseThrow();
  }

  /** What the tagging job says of the lines. */
  private List<Tag> tags(ModelSnapshot model, String... options) throws Exception {
    Path directory = folder.resolve("model");
    ModelDirectory.write(model, directory, false);
    Path input = Files.write(folder.resolve("events.jsonl"), lines);
    Path output = folder.resolve("tags.jsonl");
    List<String> flags = new ArrayList<>(Arrays.asList(options));
    flags.add("--model.directory=" + directory);
    long given = new FileTagging(Settings.load(flags), input, output).run().tags();
    List<Tag> tags = rows(output);
    assertEquals(given, tags.size());
    return tags;
  }

  private static List<Tag> rows(Path file) throws IOException {
    return Files.readAllLines(file).stream()
        .map(line -> TagJson.read(line.getBytes(StandardCharsets.UTF_8)))
        .toList();
  }
}
