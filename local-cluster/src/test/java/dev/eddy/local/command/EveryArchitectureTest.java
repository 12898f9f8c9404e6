package dev.eddy.local.command;

import static dev.eddy.local.command.EddyTest.eddy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.local.command.EddyTest.Run;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Evaluation;
import dev.eddy.operators.training.GradientFlow;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code eddy tag} and {@code eddy evaluate} with every architecture, 1 and 2 layers, one and both
 * directions, as a tagger and as a classifier: what PyTorch gives in double precision
 * (operators/src/test/pytorch/cells.py).
 */
final class EveryArchitectureTest {
  /** One for all, in place of an embedded one for each command. */
  @RegisterExtension static final MiniClusterExtension CLUSTER = new MiniClusterExtension();

  private static final Path CELLS = Path.of("src", "test", "resources", "pytorch", "cells");
  private static final Path EVENTS = CELLS.resolve("events.jsonl");

  /** Of a mean of -log of probabilities that are floats. */
  private static final double TOLERANCE = 1e-6;

  @TempDir Path folder;

  static Stream<String> models() {
    return Stream.of(Cell.values())
        .map(Cell::architecture)
        .flatMap(name -> Stream.of(name + "-1", name + "-2"))
        .flatMap(name -> Stream.of(name, name + "-both"));
  }

  @ParameterizedTest
  @MethodSource("models")
  void agreesWithPyTorch(String name) throws Exception {
    Path tagger = CELLS.resolve(name);
    Path classifier = classifier(tagger);
    TagFileTest.assertAgree(tagger.resolve("expected.jsonl"), tag(tagger));
    TagFileTest.assertAgree(tagger.resolve("classes.jsonl"), tag(classifier));
    JsonNode right = new ObjectMapper().readTree(tagger.resolve("evaluation.json").toFile());
    assertEvaluation(right.get("tagging"), tagger);
    assertEvaluation(right.get("classification"), classifier);
  }

  /** A copy of a tagger, with another task. */
  private Path classifier(Path tagger) throws IOException {
    Path directory = Files.createDirectory(folder.resolve("classifier"));
    Files.copy(tagger.resolve("model.safetensors"), directory.resolve("model.safetensors"));
    String config = Files.readString(tagger.resolve("config.json"));
    Files.writeString(
        directory.resolve("config.json"), config.replace("\"tagging\"", "\"classification\""));
    return directory;
  }

  private List<String> tag(Path model) throws IOException {
    Path tags = folder.resolve("tags.jsonl");
    Run run =
        eddy(
            "tag",
            "--model",
            model.toString(),
            "--input",
            EVENTS.toString(),
            "--output",
            tags.toString(),
            "--scores");
    assertEquals(0, run.exit(), run.err());
    return Files.readAllLines(tags);
  }

  private static void assertEvaluation(JsonNode right, Path directory) {
    int labelled = right.get("labelled").intValue();
    double accuracy = right.get("accuracy").doubleValue();
    double loss = right.get("cross_entropy").doubleValue();
    Run run = eddy("evaluate", directory.toString(), "--input", EVENTS.toString());
    assertEquals(0, run.exit(), run.err());
    assertEquals(
        String.format(
            Locale.ROOT,
            "%d labelled, accuracy %.4f, cross entropy %.4f nats, perplexity %.2f",
            labelled,
            accuracy,
            loss,
            Math.exp(loss)),
        run.out().lines().findFirst().orElseThrow());
    var model = ModelDirectory.read(directory, "m");
    var sequences = EventFile.sequences(EVENTS, model.config());
    for (Kernel kernel : List.of(Kernels.scalar(), Kernels.best())) {
      Evaluation found = Evaluation.of(kernel, model, sequences);
      assertEquals(labelled, found.count());
      assertEquals(accuracy, found.accuracy());
      assertEquals(loss, found.crossEntropy(), TOLERANCE);
      JsonNode norms = right.get("gradient_flow");
      GradientFlow flow = GradientFlow.of(kernel, model, sequences, 20);
      assertEquals(norms.size(), flow.layers());
      assertEquals(norms.get(0).size(), flow.distances());
      for (int layer = 0; layer < flow.layers(); layer++) {
        for (int k = 0; k < flow.distances(); k++) {
          double norm = norms.get(layer).get(k).doubleValue();
          assertEquals(norm, flow.norm(layer, k), 1e-5 * norm, "layer " + layer + ", " + k);
        }
      }
    }
  }
}
