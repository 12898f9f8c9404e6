package dev.eddy.jobs;

import static dev.eddy.jobs.Reber.SYMBOLS;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.stream.TrainingOptions;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.Learning.Algorithm;
import dev.eddy.operators.training.LearningRate;
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
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The uses of recurrent networks: what the training job has learned, the tagging job uses. */
class UsesITCase {
  @TempDir private Path folder;
  private final List<String> lines = new ArrayList<>();
  private final Set<String> learned = new HashSet<>();

  /** Sequences to learn from, and labels. */
  private int sequences;

  private int taught;

  @Test
  @DisplayName("L19 classification: is a string of Reber's grammar or has it a wrong symbol")
  void classification() throws Exception {
    Random random = new Random(1);
    toLearn(24000, () -> judged(random), this::writeJudged);
    ModelSnapshot model = learned("classification", List.of("legal", "illegal"));
    Map<String, String> texts = toTest(400, () -> judged(random), this::writeJudged);
    List<Tag> tags = tags(model);
    assertEquals(texts.size(), tags.size());
    long right =
        tags.stream().filter(tag -> tag.tag().equals(judgement(texts.get(tag.sequence())))).count();
    assertTrue(right >= 0.99 * texts.size(), right + " of " + texts.size());
  }

  @Test
  @DisplayName("L19 tagging: the parity of the bits so far")
  void tagging() throws Exception {
    Random random = new Random(2);
    toLearn(3000, () -> bits(random), this::writeBits);
    ModelSnapshot model = learned("tagging", List.of("even", "odd"));
    Map<String, String> texts = toTest(200, () -> bits(random), this::writeBits);
    Map<String, List<String>> given = new HashMap<>();
    tags(model)
        .forEach(
            tag -> given.computeIfAbsent(tag.sequence(), s -> new ArrayList<>()).add(tag.tag()));
    assertEquals(texts.keySet(), given.keySet());
    texts.forEach((sequence, bits) -> assertEquals(parities(bits), given.get(sequence), bits));
  }

  @Test
  @DisplayName("L16 bidirectional tagging: the first of 9 symbols by the last, in windows of 4")
  void bidirectionalTagging() throws Exception {
    Random random = new Random(4);
    Supplier<String> draw = () -> noise(random).substring(8) + aOrB(random);
    toLearn(4000, draw, this::writeLastAtFirst);
    ModelSnapshot model = learned(judge(true, "tagging"), 4);
    Map<String, String> texts = toTest(80, draw, this::writeLastAtFirst);
    Map<String, String> given = new HashMap<>();
    tags(model).stream()
        .filter(tag -> tag.index() == 0)
        .forEach(tag -> given.put(tag.sequence(), tag.tag()));
    texts.replaceAll((sequence, text) -> text.substring(8));
    assertEquals(texts, given);
  }

  @Test
  @DisplayName("L17 classification: 17 symbols by the first, in windows of 16")
  void classificationByTheFirst() throws Exception {
    Random random = new Random(5);
    Supplier<String> draw = () -> aOrB(random) + noise(random);
    toLearn(8000, draw, this::writeFirstAtLast);
    ModelSnapshot model = learned(judge(false, "classification"), 16);
    Map<String, String> texts = toTest(200, draw, this::writeFirstAtLast);
    Map<String, String> given = new HashMap<>();
    tags(model).forEach(tag -> given.put(tag.sequence(), tag.tag()));
    texts.replaceAll((sequence, text) -> text.substring(0, 1));
    assertEquals(texts, given);
  }

  @Test
  @DisplayName("L19 language model: what it expects next is what Reber's grammar allows")
  void languageModel() throws Exception {
    Random random = new Random(3);
    toLearn(12000, () -> Reber.string(random), this::writeReber);
    ModelSnapshot model = learned("language-model", SYMBOLS);
    Map<String, String> texts = toTest(200, () -> Reber.string(random), this::writeReber);
    List<Tag> tags = tags(model, "--scores");
    assertEquals(texts.values().stream().mapToInt(String::length).sum(), tags.size());
    for (Tag tag : tags) {
      String soFar = texts.get(tag.sequence()).substring(0, (int) tag.index() + 1);
      String allowed = Reber.allowed(soFar); // nothing after an E
      assertEquals(allowed, likeliest(tag.scores(), allowed.length()), soFar);
    }
  }

  @Test
  @DisplayName("L19 generation: from a B, strings of Reber's grammar, by its own predictions")
  void generation() throws Exception {
    Random random = new Random(3);
    toLearn(12000, () -> Reber.string(random), this::writeReber);
    ModelSnapshot model = learned("language-model", SYMBOLS);
    lines.clear();
    for (int i = 0; i < 200; i++) {
      add("g" + i, "B", null, true);
    }
    List<Tag> tags = tags(model, "--generate.length=60", "--generate.until=E", "--generate.seed=1");
    Map<String, String> texts = new LinkedHashMap<>();
    tags.forEach(tag -> texts.merge(tag.sequence(), "B" + tag.tag(), (a, b) -> a + tag.tag()));
    long legal = texts.values().stream().filter(Reber::legal).count();
    assertEquals(200, texts.size());
    assertTrue(legal >= 190, legal + " of 200 are legal, as " + texts.values());
    assertTrue(texts.values().stream().distinct().count() > 20);
  }

  // data

  /** Begins a file of strings to learn from: of all there are, four fifths. */
  private void toLearn(int count, Supplier<String> draw, BiConsumer<String, String> writer) {
    for (int i = 0; i < count; i++) {
      String text = drawn(draw, false);
      learned.add(text);
      writer.accept("s" + i, text);
    }
    sequences = count;
  }

  /** Begins a file of different strings of the fifth that is held out; by sequence. */
  private Map<String, String> toTest(
      int count, Supplier<String> draw, BiConsumer<String, String> writer) {
    lines.clear();
    Set<String> different = new LinkedHashSet<>();
    while (different.size() < count) {
      different.add(drawn(draw, true));
    }
    assertTrue(Collections.disjoint(learned, different));
    Map<String, String> texts = new LinkedHashMap<>();
    for (String text : different) {
      String sequence = "s" + texts.size();
      texts.put(sequence, text);
      writer.accept(sequence, text);
    }
    return texts;
  }

  private static String drawn(Supplier<String> draw, boolean heldOut) {
    String text;
    do {
      text = draw.get();
    } while (heldOut(text) != heldOut);
    return text;
  }

  private static boolean heldOut(String text) {
    return Math.floorMod((text.hashCode() * 0x9E3779B9) >>> 16, 5) == 0;
  }

  private void add(String sequence, String token, String label, boolean end) {
    taught += label == null ? 0 : 1;
    lines.add(
        "{\"sequence\":\"%s\"%s%s%s}"
            .formatted(
                sequence,
                token == null ? "" : ",\"token\":\"" + token + "\"",
                label == null ? "" : ",\"label\":\"" + label + "\"",
                end ? ",\"end\":true" : ""));
  }

  /** Each symbol is the label of the one before it. */
  private void writeReber(String sequence, String text) {
    for (int i = 0; i < text.length(); i++) {
      add(sequence, text.substring(i, i + 1), null, i + 1 == text.length());
    }
    taught += text.length() - 1;
  }

  /** A string of the grammar, or one that another symbol somewhere makes illegal. */
  private static String judged(Random random) {
    String legal = Reber.string(random);
    String text = legal;
    if (random.nextBoolean()) {
      while (Reber.begins(text)) {
        int at = random.nextInt(legal.length());
        String other = SYMBOLS.get(random.nextInt(SYMBOLS.size()));
        text = legal.substring(0, at) + other + legal.substring(at + 1);
      }
    }
    return text;
  }

  private static String judgement(String text) {
    return Reber.legal(text) ? "legal" : "illegal";
  }

  /** The label stands on the last symbol, or where their number is even on an end by itself. */
  private void writeJudged(String sequence, String text) {
    boolean bare = text.length() % 2 == 0;
    for (int i = 0; i < text.length(); i++) {
      boolean end = !bare && i + 1 == text.length();
      add(sequence, text.substring(i, i + 1), end ? judgement(text) : null, end);
    }
    if (bare) {
      add(sequence, null, judgement(text), true);
    }
  }

  private static String bits(Random random) {
    StringBuilder bits = new StringBuilder();
    for (int left = 5 + random.nextInt(20); left > 0; left--) {
      bits.append(random.nextInt(2));
    }
    return bits.toString();
  }

  private static ModelSnapshot judge(boolean bidirectional, String task) {
    var labels = List.of("a", "b");
    var features = new ModelConfig.Text(256, 16);
    var config = new ModelConfig("gru", 16, 32, 1, bidirectional, task, labels, features, 0);
    return Initialization.fresh("default", config, 1);
  }

  private static String aOrB(Random random) {
    return random.nextBoolean() ? "a" : "b";
  }

  /** Sixteen bits. */
  private static String noise(Random random) {
    return Integer.toBinaryString((1 << 16) + random.nextInt(1 << 16)).substring(1);
  }

  private void writeLastAtFirst(String sequence, String text) {
    for (int i = 0; i < 9; i++) {
      add(sequence, text.substring(i, i + 1), i == 0 ? text.substring(8) : null, i == 8);
    }
  }

  private void writeFirstAtLast(String sequence, String text) {
    for (int i = 0; i < 17; i++) {
      add(sequence, text.substring(i, i + 1), i == 16 ? text.substring(0, 1) : null, i == 16);
    }
  }

  private static List<String> parities(String bits) {
    List<String> parities = new ArrayList<>();
    boolean odd = false;
    for (int i = 0; i < bits.length(); i++) {
      odd ^= bits.charAt(i) == '1';
      parities.add(odd ? "odd" : "even");
    }
    return parities;
  }

  private void writeBits(String sequence, String bits) {
    List<String> parities = parities(bits);
    for (int i = 0; i < bits.length(); i++) {
      add(sequence, bits.substring(i, i + 1), parities.get(i), i + 1 == bits.length());
    }
  }

  /** The n likeliest symbols, in the order of {@link Reber#SYMBOLS}. */
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
    return learned(start, 32);
  }

  private ModelSnapshot learned(ModelSnapshot start, int window) throws Exception {
    var file = Files.write(folder.resolve("labelled.jsonl"), lines);
    var format = new EventFormat(start.config(), EventFields.DEFAULT, true);
    var scores = new Collected<Score>("scores-" + System.nanoTime());
    var models = new Collected<ModelRecord>("models-" + System.nanoTime());
    var deadLetters = new Collected<DeadLetter>("dead-letters-" + System.nanoTime());
    // a mini-batch has the strings of 32 sequences
    var rate = new LearningRate(0.01, 0, sequences / 32, LearningRate.Decay.COSINE);
    var learning = new Learning(Algorithm.ADAM, 0, 0, rate, 0, 1, Float.POSITIVE_INFINITY);
    var options =
        new TrainingOptions(window, 32, learning, 1, 1 << 30, Duration.ofSeconds(10), 1, 100);
    var env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    Streaming.prepare(env, Settings.load(List.of("--parallelism.default=1")), "test");
    new TrainingJob(EventLines.of(file, format), scores, models, deadLetters, start, options)
        .define(env);
    env.execute();
    assertEquals(List.of(), deadLetters.values());
    assertEquals(taught, scores.values().stream().mapToInt(Score::events).sum());
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
