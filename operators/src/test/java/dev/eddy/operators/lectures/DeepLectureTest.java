package dev.eddy.operators.lectures;

import static dev.eddy.operators.graph.Recurrent.Direction.FORWARD;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Dropout;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers on top of each other that are normalised, with what they read beside what they give. */
class DeepLectureTest {
  private final Random random = new Random(12);

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  @ParameterizedTest
  @MethodSource("kernels")
  @DisplayName("L16 deep RNNs of normalised cells with residual: the bits of the model directory's")
  void normalisedAndResidual(Kernel kernel) {
    for (Cell cell : Cell.values()) {
      var kind = new ModelConfig.Layers(true, 0.2f, true);
      List<String> labels = List.of("a", "b", "c");
      var config =
          new ModelConfig(cell.architecture(), 3, 4, 2, false, "tagging", labels, null, 0, kind);
      ModelSnapshot model = Initialization.fresh("m", config, 3);
      try (Weights weights = new Weights(kernel, 1);
          Tape tape = new Tape(kernel)) {
        tape.learning(false);
        Node x = tape.constant(6, 3, numbers(18));
        Node h = residual(weights, tape, cell, 2, new Packing(6), x, 4);
        Node shares = Softmax.of(tape, weights.affine(tape, "output", h, 3));
        Map<String, float[]> same = new HashMap<>();
        model
            .tensors()
            .forEach(
                (name, values) -> {
                  if (name.startsWith("rnn.norm")) {
                    System.arraycopy(numbers(values.length), 0, values, 0, values.length);
                  }
                  same.put(name.replaceAll("rnn(.*)_l(.)", "layer$2$1"), values);
                });
        assertEquals(same.keySet(), weights.copy().keySet());
        weights.set(same);
        tape.forward();
        List<Event> events = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
          events.add(new Event("s", null, x.value().rows(t, 1).get(), -1, 0, false));
        }
        try (WholeSequence whole = new WholeSequence(kernel, model)) {
          whole.run(events);
          for (int t = 0; t < 6; t++) {
            float[] expected = new float[3];
            whole.scores(t, expected);
            assertArrayEquals(expected, shares.value().rows(t, 1).get(), 0f, cell.name());
          }
        }
      }
    }
  }

  /** Normalised layers, each but the first beside what it reads, with dropout between. */
  private static Node residual(
      Weights weights, Tape tape, Cell cell, int layers, Packing packing, Node x, int hidden) {
    Node h = x;
    for (int i = 0; i < layers; i++) {
      Node y = weights.normalised(tape, "layer" + i, cell, FORWARD, packing, h, null, hidden).h();
      Node sum = i == 0 ? y : Add.of(tape, y, h);
      h = i == layers - 1 ? sum : Dropout.of(tape, sum, 0.2f, weights::nextSeed);
    }
    return h;
  }

  private float[] numbers(int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }
}
