package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The logits of a whole network against {@link PlainNetwork}, and the gradient of L = Σ w y by
 * every single weight against finite differences of that: of every cell, normalised or not, with
 * and without residual and dropout between the layers, in one direction and in both, in all
 * combinations. In double precision the differences have ten digits, so that any seed will do.
 */
class NetworkGradientTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 5;
  private static final int LAYERS = 2;
  private static final List<String> LABELS = List.of("a", "b", "c");
  private static final Packing PACKING = new Packing(4, 3, 3, 1);

  /** Of the dropout. */
  private static final long SEED = 3;

  private static final double STEP = 1e-6;

  /** What float32 does to gradients: of the terms w y of L, and of the gradient's own size. */
  private static final double ROUNDING = 1e-5;

  private static final double RELATIVE = 2e-4;

  /** The share of a gradient that an error must not exceed unseen. */
  private static final double SEEN = 0.05;

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
            cell.architecture(), INPUTS, HIDDEN, LAYERS, both, "tagging", LABELS, null, 0, layers);
    Kernel kernel = Kernels.best();
    Random random = new Random((cell + " " + layers + " " + both).hashCode());
    ModelSnapshot model = Initialization.fresh("m", config, random.nextLong());
    if (cell == Cell.RNN_RELU) {
      model.tensors().forEach(NetworkGradientTest::tame);
    }
    double[][] x = new double[PACKING.rows()][INPUTS];
    float[][] before = new float[PACKING.sequences()][];
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, PACKING.rows());
      Network.Unrolled unrolled = network.unroll(tape, PACKING, () -> SEED);
      for (int row = 0; row < x.length; row++) {
        float[] features = numbers(random, INPUTS);
        Arrays.setAll(x[row], j -> features[j]);
        unrolled.inputs().set(row, new Event("s", null, features, -1, 0, false));
      }
      for (int s = 0; s < before.length; s++) {
        before[s] = numbers(random, unrolled.before().size());
        unrolled.before().load(s, before[s]);
      }
      List<Parameter> parameters = network.parameters();
      assertEquals(config.shapes().size(), parameters.size());
      parameters.forEach(p -> assertEquals(p.name().contains("weight"), p.matrix(), p.name()));
      Map<String, double[]> weights = new TreeMap<>();
      model.tensors().forEach((name, values) -> weights.put(name, doubles(values)));
      PlainNetwork plain = new PlainNetwork(config, PACKING, x, before, SEED);
      float[] w = numbers(random, PACKING.rows() * LABELS.size());

      tape.forward();
      double[] logits = terms(plain.logits(weights), null);
      assertArrayEquals(logits, doubles(unrolled.logits().value().get()), 1e-5);
      tape.zeroGradients();
      unrolled.logits().gradient().set(w);
      tape.backward();

      double terms = norm(terms(plain.logits(weights), w));
      for (Parameter parameter : parameters) {
        double[] gradient = doubles(parameter.node().gradient().get());
        double size = norm(gradient);
        double tolerance = ROUNDING * terms + RELATIVE * size;
        assertTrue(tolerance < SEEN * size, parameter.name() + " is of size " + size);
        double[] values = weights.get(parameter.name());
        double[] error = new double[values.length];
        for (int i = 0; i < values.length; i++) {
          error[i] = gradient[i] - derivative(plain, weights, values, i, w);
        }
        assertEquals(0, norm(error), tolerance, parameter.name());
      }
    }
  }

  /** Half of the units of a rectifier far above its kink, half far below it: none may all be. */
  private static void tame(String name, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (name.startsWith("rnn.weight")) {
        values[i] *= 0.3f;
      } else if (name.startsWith("rnn.bias_ih")) {
        values[i] = i % 2 == 0 ? 5 : -5;
      }
    }
  }

  /** dL/d values[i], by the central difference. */
  private static double derivative(
      PlainNetwork plain, Map<String, double[]> weights, double[] values, int i, float[] w) {
    double kept = values[i];
    values[i] = kept + STEP;
    double up = Arrays.stream(terms(plain.logits(weights), w)).sum();
    values[i] = kept - STEP;
    double down = Arrays.stream(terms(plain.logits(weights), w)).sum();
    values[i] = kept;
    return (up - down) / (2 * STEP);
  }

  /** The logits row by row, times w if it is given. */
  private static double[] terms(double[][] logits, float[] w) {
    double[] terms = Arrays.stream(logits).flatMapToDouble(Arrays::stream).toArray();
    for (int i = 0; w != null && i < terms.length; i++) {
      terms[i] *= w[i];
    }
    return terms;
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  private static float[] numbers(Random random, int n) {
    float[] numbers = new float[n];
    for (int i = 0; i < n; i++) {
      numbers[i] = 2 * random.nextFloat() - 1;
    }
    return numbers;
  }
}
