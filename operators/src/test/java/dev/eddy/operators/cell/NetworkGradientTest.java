package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.graph.FiniteDifferences;
import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of every weight of a whole network against finite differences: of every cell,
 * normalised or not, with and without residual and dropout between the layers, in one direction and
 * in both, in all combinations.
 */
class NetworkGradientTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 5;
  private static final int LAYERS = 2;
  private static final Packing PACKING = new Packing(4, 3, 3, 1);

  static Stream<Arguments> networks() {
    return Stream.of(Cell.values())
        .flatMap(
            cell ->
                either()
                    .flatMap(
                        normalised ->
                            either()
                                .flatMap(
                                    residual ->
                                        Stream.of(0f, 0.2f)
                                            .map(
                                                dropout ->
                                                    new Layers(residual, dropout, normalised))))
                    .flatMap(layers -> either().map(both -> Arguments.of(cell, layers, both))));
  }

  private static Stream<Boolean> either() {
    return Stream.of(false, true);
  }

  @ParameterizedTest(name = "{0} {1} both directions: {2}")
  @MethodSource("networks")
  void everyGradientIsThatOfFiniteDifferences(Cell cell, Layers layers, boolean both) {
    ModelConfig config =
        new ModelConfig(
            cell.architecture(),
            INPUTS,
            HIDDEN,
            LAYERS,
            both,
            "tagging",
            List.of("a", "b", "c"),
            null,
            0,
            layers);
    Kernel kernel = Kernels.best();
    Random random = new Random(6);
    ModelSnapshot model = Initialization.fresh("m", config, 4);
    float scale = layers.layerNorm() ? 8 : cell == Cell.RNN_RELU ? 0.3f : 1;
    model.tensors().forEach((name, values) -> tame(name, values, scale, cell == Cell.RNN_RELU));
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, PACKING.rows());
      Network.Unrolled unrolled = network.unroll(tape, PACKING, () -> 3);
      for (int row = 0; row < PACKING.rows(); row++) {
        unrolled.inputs().set(row, new Event("s", null, numbers(random, INPUTS), -1, 0, false));
      }
      for (int s = 0; s < PACKING.sequences(); s++) {
        unrolled.before().load(s, numbers(random, unrolled.before().size()));
      }
      List<Parameter> parameters = network.parameters();
      assertEquals(config.shapes().size(), parameters.size());
      parameters.forEach(p -> assertEquals(p.name().contains("weight"), p.matrix(), p.name()));
      List<Input> inputs = FiniteDifferences.inputs(parameters, List.of());
      FiniteDifferences.assertGradients(tape, unrolled.logits(), inputs, 2, random);
    }
  }

  /**
   * Weights that the stencil's steps are small beside, which is nothing to a normalised product but
   * for them; and half of the units of a rectifier far above its kink, half far below it, with
   * products that are small beside that.
   */
  private static void tame(String name, float[] values, float scale, boolean rectifier) {
    for (int i = 0; i < values.length; i++) {
      if (name.startsWith("rnn.weight")) {
        values[i] *= scale;
      } else if (rectifier && name.startsWith("rnn.bias_ih")) {
        values[i] = i % 2 == 0 ? 5 : -5;
      }
    }
  }

  private static float[] numbers(Random random, int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }
}
