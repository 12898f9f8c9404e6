package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.operators.GoldenTensors;
import dev.eddy.operators.cell.Network;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The stored runs of PyTorch (src/test/pytorch/generate.py). Logits and gradients agree to 1e-6,
 * some ten roundings of values below 1; ten losses and the weights after ten steps of Adam to 2e-6,
 * since Adam divides by the root of tiny second moments.
 */
class PyTorchTest {
  private static final float TOLERANCE = 1e-6f;
  private static final float TOLERANCE_AFTER_STEPS = 2e-6f;
  private static final int INPUTS = 5;

  /** The sequences of the stored case, longest first, as a mini-batch has them. */
  private static final int[] LONGEST_FIRST = {1, 0, 2};

  private static final OnlineTrainer.Options OPTIONS =
      new OnlineTrainer.Options(6, 3, 3e-3f, 0.15f, 0);

  private static final ModelConfig CONFIG =
      new ModelConfig("lstm", INPUTS, 7, 2, false, "tagging", List.of("a", "b", "c", "d"), null, 0);

  private final SortedMap<String, float[]> golden = GoldenTensors.read("training.safetensors");
  private final ModelSnapshot model = new ModelSnapshot("golden", 0, -1, 0, CONFIG, golden);

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void logitsLossAndEveryGradientAgree(Kernel kernel) {
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, 13);
      MiniBatch batch = new MiniBatch(tape, network, new int[] {6, 4, 3}, () -> 0);
      for (int lane = 0; lane < 3; lane++) {
        int s = LONGEST_FIRST[lane];
        batch.fill(lane, window(s).events(), golden.get("state." + s));
      }
      batch.forward();
      batch.backward();
      for (int lane = 0; lane < 3; lane++) {
        int s = LONGEST_FIRST[lane];
        assertArrayEquals(golden.get("logits." + s), batch.logits(lane), TOLERANCE);
        assertArrayEquals(golden.get("state_after." + s), batch.stateAfter(lane), TOLERANCE);
      }
      assertEquals(12, batch.scored());
      assertEquals(golden.get("losses")[0], batch.loss() / batch.scored(), TOLERANCE);
      for (Parameter parameter : network.parameters()) {
        assertArrayEquals(
            golden.get("gradient." + parameter.name()),
            parameter.node().gradient().get(),
            TOLERANCE,
            parameter.name());
      }
      assertEquals(
          golden.get("norms")[0],
          Clipping.clip(kernel, network.parameters(), OPTIONS.learning().clipNorm()),
          TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void tenStepsOfAdamAgree(Kernel kernel) {
    List<Window> windows = List.of(window(0), window(1), window(2));
    List<float[]> states =
        List.of(golden.get("state.0"), golden.get("state.1"), golden.get("state.2"));
    agree(kernel, model, OPTIONS, windows, states, golden);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void tenStepsOfLazyAdamOnAnEmbeddingAgree(Kernel kernel) throws IOException {
    List<String> labels = List.of("at", "nn", "vb", ".");
    Map<String, List<Event>> sequences = new LinkedHashMap<>();
    try (var in = getClass().getResourceAsStream("/pytorch/text/events.jsonl");
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode json = new ObjectMapper().readTree(line);
        String sequence = json.get("sequence").asText();
        int label = labels.indexOf(json.get("label").asText());
        sequences
            .computeIfAbsent(sequence, name -> new ArrayList<>())
            .add(new Event(sequence, json.get("token").asText(), null, label, 0, false));
      }
    }
    ModelConfig config =
        new ModelConfig("lstm", 6, 8, 1, false, "tagging", labels, new ModelConfig.Text(97, 6), 0);
    ModelSnapshot text =
        new ModelSnapshot("golden", 0, -1, 0, config, GoldenTensors.read("text/model.safetensors"));
    List<Window> windows = new ArrayList<>();
    sequences.forEach((name, events) -> windows.add(new Window(name, events, false)));
    agree(
        kernel,
        text,
        OPTIONS,
        windows,
        Arrays.asList(null, null, null),
        GoldenTensors.read("text/expected.safetensors"));
  }

  private static void agree(
      Kernel kernel,
      ModelSnapshot start,
      OnlineTrainer.Options options,
      List<Window> windows,
      List<float[]> states,
      Map<String, float[]> expected) {
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, start, options)) {
      for (int step = 0; step < 10; step++) {
        OnlineTrainer.Outcome outcome = trainer.train(windows, states);
        assertEquals(
            expected.get("losses")[step],
            outcome.loss() / outcome.scored(),
            TOLERANCE_AFTER_STEPS,
            "loss " + step);
        assertEquals(expected.get("norms")[step], outcome.gradientNorm(), TOLERANCE_AFTER_STEPS);
      }
      trainer
          .snapshot(1)
          .tensors()
          .forEach(
              (name, values) ->
                  assertArrayEquals(
                      expected.get("after." + name), values, TOLERANCE_AFTER_STEPS, name));
    }
  }

  private Window window(int s) {
    float[] x = golden.get("x." + s);
    float[] labels = golden.get("labels." + s);
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < labels.length; t++) {
      float[] features = Arrays.copyOfRange(x, t * INPUTS, (t + 1) * INPUTS);
      events.add(new Event("s" + s, null, features, (int) labels[t], 0, false));
    }
    return new Window("s" + s, events, false);
  }
}
