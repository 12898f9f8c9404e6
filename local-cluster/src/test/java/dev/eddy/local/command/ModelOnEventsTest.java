package dev.eddy.local.command;

import static dev.eddy.local.command.EddyTest.eddy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.local.command.EddyTest.Run;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** What the command says of a model on a file of events, without a cluster. */
class ModelOnEventsTest {
  @TempDir Path folder;

  private Path events;

  /** Three sequences of 30 numbers; the label is their sign. */
  @BeforeEach
  void write() throws Exception {
    Random random = new Random(5);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 90; i++) {
      double x = random.nextGaussian();
      String label = x > 0 ? "plus" : "minus";
      lines.add(
          "{\"sequence\":\"s%d\",\"features\":[%s],\"label\":\"%s\"}".formatted(i % 3, x, label));
    }
    events = Files.write(folder.resolve("events.jsonl"), lines);
  }

  private String model(String... options) {
    Path directory = folder.resolve("model");
    List<String> line = new ArrayList<>(List.of("init", directory.toString()));
    line.addAll(List.of("--labels", "minus,plus", "--input", "1", "--hidden", "8"));
    line.addAll(List.of(options));
    Run run = eddy(line.toArray(String[]::new));
    assertEquals(0, run.exit(), run.err());
    return directory.toString();
  }

  @Test
  void gradientFlowIsATableAndAPicture() throws Exception {
    String model = model("--layers", "2", "--architecture", "gru");
    Path picture = folder.resolve("flow.svg");
    Run run =
        eddy(
            "inspect",
            model,
            "--gradient-flow",
            events.toString(),
            "--distance",
            "20",
            "--picture",
            picture.toString());
    assertEquals(0, run.exit(), run.err());
    List<String> table = run.out().lines().toList();
    assertEquals(22, table.size(), run.out());
    assertTrue(table.get(0).matches("distance +layer 1 +layer 2 +sequences"), table.get(0));
    assertTrue(table.get(21).matches(" +20 +\\d\\.\\d{4}e-\\d\\d +\\d\\S+ +3"), table.get(21));
    double near = Double.parseDouble(table.get(1).strip().split(" +", -1)[1]);
    double far = Double.parseDouble(table.get(21).strip().split(" +", -1)[1]);
    assertTrue(near > 10 * far && far > 0, near + " " + far);

    var svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
    var lines = svg.getElementsByTagName("polyline");
    assertEquals(2, lines.getLength());
    NavigableMap<Integer, Double> scale = scale(svg);
    for (int layer = 0; layer < 2; layer++) {
      String points = lines.item(layer).getAttributes().getNamedItem("points").getNodeValue();
      assertPointsFollow(table, layer + 1, points.split(" ", -1), scale);
    }
  }

  /** Where each power of ten stands that the picture names. */
  private static NavigableMap<Integer, Double> scale(Document svg) {
    NavigableMap<Integer, Double> scale = new TreeMap<>();
    var texts = svg.getElementsByTagName("text");
    for (int i = 0; i < texts.getLength(); i++) {
      String text = texts.item(i).getTextContent();
      if (text.matches("1e-?\\d+")) {
        String y = texts.item(i).getAttributes().getNamedItem("y").getNodeValue();
        scale.put(Integer.valueOf(text.substring(2)), Double.parseDouble(y) - 4); // its foot
      }
    }
    return scale;
  }

  /** By the logarithm of the norm upwards, and to the right by even steps. */
  private static void assertPointsFollow(
      List<String> table, int column, String[] points, NavigableMap<Integer, Double> scale) {
    assertEquals(21, points.length);
    double one =
        (scale.lastEntry().getValue() - scale.firstEntry().getValue())
            / (scale.lastKey() - scale.firstKey());
    assertTrue(one < -5, "a power of ten is drawn " + one + " upwards");
    double left = Double.parseDouble(points[0].split(",", -1)[0]);
    double step = (Double.parseDouble(points[20].split(",", -1)[0]) - left) / 20;
    assertTrue(step > 10, "an event is drawn " + step + " to the right");
    for (int k = 0; k < points.length; k++) {
      double norm = Double.parseDouble(table.get(k + 1).strip().split(" +", -1)[column]);
      double y = scale.firstEntry().getValue() + one * (Math.log10(norm) - scale.firstKey());
      String[] point = points[k].split(",", -1);
      assertEquals(left + k * step, Double.parseDouble(point[0]), 0.15, "distance " + k);
      assertEquals(y, Double.parseDouble(point[1]), 0.3, "norm " + norm + " at " + k);
    }
  }

  @Test
  void anExplodedGradientIsDrawnAsFarAsItIsANumber() throws Exception {
    String directory = model("--architecture", "rnn_relu");
    ModelSnapshot model = ModelDirectory.read(Path.of(directory), "m");
    float[] recurrent = model.tensors().get("rnn.weight_hh_l0");
    for (int i = 0; i < recurrent.length; i++) {
      recurrent[i] = 1e18f;
    }
    // one step from the end the norm is a float, two steps from it is none
    ModelDirectory.write(model, Path.of(directory), true);
    Path few = Files.write(folder.resolve("few.jsonl"), Files.readAllLines(events).subList(0, 9));
    Path picture = folder.resolve("flow.svg");
    Run run =
        eddy(
            "inspect",
            directory,
            "--gradient-flow",
            few.toString(),
            "--picture",
            picture.toString());
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("Infinity") || run.out().contains("NaN"), run.out());
    String svg = Files.readString(picture);
    assertTrue(svg.length() < 10_000 && !svg.contains("NaN") && !svg.contains("Infinity"), svg);
  }

  @Test
  void eventsWithoutAnInputHaveNoGradientFlow() throws Exception {
    Path ends = Files.writeString(folder.resolve("e.jsonl"), "{\"sequence\":\"s\",\"end\":true}\n");
    Run run = eddy("inspect", model(), "--gradient-flow", ends.toString());
    assertEquals(2, run.exit());
    assertEquals("eddy inspect: " + ends + ": has no event with an input", run.err().strip());
  }

  @Test
  void evaluationCountsWhatIsLabelled() {
    Run run = eddy("evaluate", model("--bidirectional"), "--input", events.toString());
    assertEquals(0, run.exit(), run.err());
    List<String> lines = run.out().lines().toList();
    assertTrue(lines.get(0).matches("90 labelled, accuracy 0\\.\\d{4}, .*"), lines.get(0));
    assertEquals(4, lines.size(), run.out());
    int minus = Integer.parseInt(lines.get(2).strip().split(" +", -1)[3]);
    int plus = Integer.parseInt(lines.get(3).strip().split(" +", -1)[3]);
    assertEquals(90, minus + plus);
    assertTrue(minus > 30 && plus > 30, run.out());
  }

  @Test
  void evaluationOfAClassifierCountsSequences() {
    Run run = eddy("evaluate", model("--task", "classification"), "--input", events.toString());
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("3 labelled, "), run.out());
  }

  @Test
  void ofALanguageModelTheNextWordIsCounted() throws Exception {
    Path text = folder.resolve("text.jsonl");
    List<String> lines = new ArrayList<>();
    for (String word : "the cat the dog the end".split(" ", -1)) {
      lines.add("{\"sequence\":\"a\",\"token\":\"%s\"}".formatted(word));
    }
    lines.add("{\"sequence\":\"a\",\"end\":true,\"label\":\"$\"}");
    Files.write(text, lines);
    String directory = folder.resolve("words").toString();
    Run run =
        eddy("init", directory, "--events", text.toString(), "--text", "--task", "language-model");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().contains("5: $ cat dog end the"), run.out());
    run = eddy("evaluate", directory, "--input", text.toString());
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("6 labelled, "), run.out());
    List<String> the = run.out().lines().filter(line -> line.startsWith("the ")).toList();
    assertTrue(the.get(0).matches(".* 2 +\\d+"), run.out());
  }

  @Test
  void aBadLineIsNamed() throws Exception {
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), "\n{\"sequence\":\"s\"}\n");
    Run run = eddy("evaluate", model(), "--input", bad.toString());
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("bad.jsonl line 2: "), run.err());
    run = eddy("inspect", folder.resolve("model").toString(), "--picture", "x.svg");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("--picture: must be given with --gradient-flow"), run.err());
  }
}
