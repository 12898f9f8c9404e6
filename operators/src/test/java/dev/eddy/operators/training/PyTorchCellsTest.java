package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.GoldenTensors;
import dev.eddy.operators.cell.Network;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every cell, with 1 and 2 layers, in one and both directions, against the stored runs of PyTorch
 * (src/test/pytorch/cells.py), to the tolerances of {@link PyTorchTest}.
 */
class PyTorchCellsTest {
  private static final float TOLERANCE = 1e-6f;
  private static final float TOLERANCE_AFTER_STEPS = 2e-6f;
  private static final int INPUTS = 3;
  private static final int LABELS = 3;
  private static final int[] LENGTHS = {4, 6, 3};

  /** The sequences of the stored cases, longest first, as a mini-batch has them. */
  private static final int[] LONGEST_FIRST = {1, 0, 2};

  private static final Map<String, float[]> GOLDEN = GoldenTensors.read("cells.safetensors");

  static Stream<Arguments> casesOnKernels() {
    List<Arguments> cases = new ArrayList<>();
    for (Kernel kernel : List.of(Kernels.scalar(), Kernels.best())) {
      for (Cell cell : Cell.values()) {
        for (int layers = 1; layers <= 2; layers++) {
          for (int directions = 1; directions <= 2; directions++) {
            String name = cell.architecture() + "-" + layers + "-" + directions;
            cases.add(Arguments.of(name, kernel.name(), model(cell, layers, directions), kernel));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("casesOnKernels")
  void logitsLossAndEveryGradientAgree(
      String name, String kernelName, ModelSnapshot model, Kernel kernel) {
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, 13);
      MiniBatch batch = new MiniBatch(tape, network, new int[] {6, 4, 3}, () -> 0);
      for (int lane = 0; lane < 3; lane++) {
        batch.fill(lane, window(name, LONGEST_FIRST[lane]).events(), null);
      }
      batch.forward();
      batch.backward();
      for (int lane = 0; lane < 3; lane++) {
        int s = LONGEST_FIRST[lane];
        float[] logits = of(name, "logits", begin(s), LENGTHS[s], LABELS);
        assertArrayEquals(logits, batch.logits(lane), TOLERANCE);
      }
      assertEquals(golden(name, "losses")[0], batch.loss() / batch.scored(), TOLERANCE);
      int at = 0;
      for (Parameter parameter : network.parameters()) {
        float[] gradient = parameter.node().gradient().get();
        float[] expected = Arrays.copyOfRange(golden(name, "gradients"), at, at + gradient.length);
        assertArrayEquals(expected, gradient, TOLERANCE, parameter.name());
        at += gradient.length;
      }
      assertEquals(golden(name, "gradients").length, at);
    }
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("casesOnKernels")
  void tenStepsOfAdamAgree(String name, String kernelName, ModelSnapshot model, Kernel kernel) {
    var options = new OnlineTrainer.Options(6, 3, 3e-3f, 0.15f, 0);
    List<Window> windows = List.of(window(name, 0), window(name, 1), window(name, 2));
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, model, options)) {
      for (int step = 0; step < 10; step++) {
        var outcome = trainer.train(windows, Arrays.asList(null, null, null));
        double loss = outcome.loss() / outcome.scored();
        assertEquals(golden(name, "losses")[step], loss, TOLERANCE_AFTER_STEPS, "loss " + step);
        assertEquals(golden(name, "norms")[step], outcome.gradientNorm(), TOLERANCE_AFTER_STEPS);
      }
      SortedMap<String, float[]> after = new TreeMap<>();
      split(model.config(), golden(name, "after"), after);
      trainer
          .snapshot(1)
          .tensors()
          .forEach(
              (weight, values) ->
                  assertArrayEquals(after.get(weight), values, TOLERANCE_AFTER_STEPS, weight));
    }
  }

  private static ModelSnapshot model(Cell cell, int layers, int directions) {
    ModelConfig config =
        new ModelConfig(
            cell.architecture(),
            INPUTS,
            4,
            layers,
            directions == 2,
            "tagging",
            List.of("a", "b", "c"),
            null,
            0);
    SortedMap<String, float[]> tensors = new TreeMap<>();
    String name = cell.architecture() + "-" + layers + "-" + directions;
    split(config, golden(name, "weights"), tensors);
    return new ModelSnapshot("golden", 0, -1, 0, config, tensors);
  }

  /** One tensor after the other, in the order of their names. */
  private static void split(ModelConfig config, float[] flat, Map<String, float[]> tensors) {
    int at = 0;
    for (Map.Entry<String, int[]> shape : config.shapes().entrySet()) {
      int size = Arrays.stream(shape.getValue()).reduce(1, (a, b) -> a * b);
      tensors.put(shape.getKey(), Arrays.copyOfRange(flat, at, at + size));
      at += size;
    }
    assertEquals(flat.length, at);
  }

  private static Window window(String name, int s) {
    float[] x = of(name, "x", begin(s), LENGTHS[s], INPUTS);
    float[] labels = of(name, "labels", begin(s), LENGTHS[s], 1);
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < LENGTHS[s]; t++) {
      float[] features = Arrays.copyOfRange(x, t * INPUTS, (t + 1) * INPUTS);
      events.add(new Event("s" + s, null, features, (int) labels[t], 0, false));
    }
    return new Window("s" + s, events, false);
  }

  /** The first row of a sequence. */
  private static int begin(int s) {
    return Arrays.stream(LENGTHS, 0, s).sum();
  }

  private static float[] of(String name, String what, int from, int rows, int columns) {
    return Arrays.copyOfRange(golden(name, what), from * columns, (from + rows) * columns);
  }

  private static float[] golden(String name, String what) {
    return GOLDEN.get(name + "." + what);
  }
}
