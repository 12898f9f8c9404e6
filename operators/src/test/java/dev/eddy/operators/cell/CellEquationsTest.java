package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each fused cell equals its equations, composed of primitive operations, in both directions. */
class CellEquationsTest {
  /** Some ten roundings of values up to about 1 apart, and sums of up to 40 terms of them. */
  private static final float TOLERANCE = 4e-6f;

  static Stream<Arguments> cellsOnKernels() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .distinct()
        .flatMap(
            kernel ->
                Stream.of(Cell.values()).map(cell -> Arguments.of(cell, kernel.name(), kernel)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cellsOnKernels")
  void fusedEqualsComposedInValuesAndEveryGradient(Cell cell, String name, Kernel kernel) {
    for (int hidden : new int[] {1, 7, 16, 33}) {
      assertSame(kernel, cell, new Packing(6, 4, 4, 1, 1), hidden);
      assertSame(kernel, cell, new Packing(4, 4, 4), hidden);
    }
  }

  /** Backward goes in chunks of at most 128 rows, but for a timestep that has more. */
  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cellsOnKernels")
  void fusedEqualsComposedInChunks(Cell cell, String name, Kernel kernel) {
    assertSame(kernel, cell, running(60, 54, 48, 42, 36, 24), 7);
    assertSame(kernel, cell, running(140, 100, 24), 7);
    assertSame(kernel, cell, running(60, 60, 60, 60, 60), 7);
    assertSame(kernel, cell, running(140, 140, 140), 7);
  }

  /** The packing in which so many sequences run at each timestep. */
  private static Packing running(int... sizes) {
    int[] lengths = new int[sizes[0]];
    for (int size : sizes) {
      for (int s = 0; s < size; s++) {
        lengths[s]++;
      }
    }
    return new Packing(lengths);
  }

  private static void assertSame(Kernel kernel, Cell cell, Packing packing, int hidden) {
    for (Recurrent.Direction direction : Recurrent.Direction.values()) {
      try (Tape fused = new Tape(kernel);
          Tape composed = new Tape(kernel)) {
        List<Node> in = inputs(fused, cell, packing, 5, hidden);
        List<Node> sameIn = inputs(composed, cell, packing, 5, hidden);
        Recurrent layer =
            Recurrent.of(
                fused, cell, direction, packing, in.get(0), in.get(1), c0(cell, in), weights(in));
        var first = new CellEquations.State(sameIn.get(1), c0(cell, sameIn));
        ComposedLayer.Unrolled all =
            ComposedLayer.of(
                composed, cell, direction, packing, sameIn.get(0), first, weights(sameIn), null);

        run(fused, layer.h());
        run(composed, all.h());

        assertArrayEquals(all.h().value().get(), layer.h().value().get(), TOLERANCE);
        for (int i = 0; i < in.size(); i++) {
          float[] expected = sameIn.get(i).gradient().get();
          float[] actual = in.get(i).gradient().get();
          for (int k = 0; k < expected.length; k++) {
            // a sum rounds in proportion to what it comes to
            float rounding = TOLERANCE * Math.max(1, Math.abs(expected[k]));
            assertEquals(expected[k], actual[k], rounding, "input " + i + " element " + k);
          }
        }
        if (cell.hasC()) {
          assertArrayEquals(all.c().value().get(), layer.c().get(), TOLERANCE);
        }
      }
    }
  }

  /** What an encoder hands to a decoder carries the gradient back: h, and c where there is one. */
  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("cellsOnKernels")
  void encoderLearnsThroughTheStateItHandsOn(Cell cell, String name, Kernel kernel) {
    Packing read = new Packing(6, 4, 4, 1, 1);
    Packing written = new Packing(3, 3, 2, 2, 1);
    for (Recurrent.Direction direction : Recurrent.Direction.values()) {
      boolean reverse = direction == Recurrent.Direction.REVERSE;
      try (Tape fused = new Tape(kernel);
          Tape composed = new Tape(kernel)) {
        List<Node> in = inputs(fused, cell, read, 5, 7);
        List<Node> sameIn = inputs(composed, cell, read, 5, 7);
        Node y = fused.node(written.rows(), 5);
        Node sameY = composed.node(written.rows(), 5);
        y.value().set(uniform(new Random(5), written.rows() * 5));
        sameY.value().set(y.value().get());

        Recurrent encoder =
            Recurrent.of(
                fused, cell, direction, read, in.get(0), in.get(1), c0(cell, in), weights(in));
        Node h = reverse ? encoder.h().rows(0, 5) : read.last(fused, encoder.h());
        Recurrent decoder =
            Recurrent.of(
                fused,
                cell,
                Recurrent.Direction.FORWARD,
                written,
                y,
                h,
                encoder.cLast(),
                weights(in));

        var first = new CellEquations.State(sameIn.get(1), c0(cell, sameIn));
        ComposedLayer.Unrolled steps =
            ComposedLayer.of(
                composed, cell, direction, read, sameIn.get(0), first, weights(sameIn), null);
        Node sameH = reverse ? steps.h().rows(0, 5) : read.last(composed, steps.h());
        Node sameC = null;
        if (cell.hasC()) {
          sameC = reverse ? steps.c().rows(0, 5) : read.last(composed, steps.c());
        }
        ComposedLayer.Unrolled said =
            ComposedLayer.of(
                composed,
                cell,
                Recurrent.Direction.FORWARD,
                written,
                sameY,
                new CellEquations.State(sameH, sameC),
                weights(sameIn),
                null);

        run(fused, decoder.h());
        run(composed, said.h());

        assertArrayEquals(said.h().value().get(), decoder.h().value().get(), TOLERANCE);
        if (cell.hasC()) {
          assertArrayEquals(sameC.value().get(), encoder.cLast().value().get(), TOLERANCE);
          assertArrayEquals(sameC.gradient().get(), encoder.cLast().gradient().get(), TOLERANCE);
        }
        for (int i = 0; i < in.size(); i++) {
          float[] gradient = in.get(i).gradient().get();
          assertArrayEquals(sameIn.get(i).gradient().get(), gradient, TOLERANCE, "input " + i);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void weightsAreThoseOfTheModelDirectory(Cell cell) {
    var config =
        new ModelConfig(cell.architecture(), 2, 3, 1, false, "tagging", List.of("a", "b"), null, 0);
    assertEquals(cell, Cell.of(config.architecture()));
    assertEquals(3 * cell.blocks(), config.shapes().get("rnn.weight_hh_l0")[0]);
    assertEquals(cell.hasC() ? 6 : 3, config.stateSize());
  }

  /** x, h0, the weights, then c0 if any; the same numbers on every tape. */
  private static List<Node> inputs(Tape tape, Cell cell, Packing packing, int inputs, int hidden) {
    Random random = new Random(3);
    int blocks = cell.blocks() * hidden;
    int[][] shapes = {
      {packing.rows(), inputs},
      {packing.sequences(), hidden},
      {blocks, inputs},
      {blocks, hidden},
      {1, blocks},
      {1, blocks},
      {packing.sequences(), hidden}
    };
    List<Node> nodes = new ArrayList<>();
    for (int[] shape : shapes) {
      Node node = tape.node(shape[0], shape[1]);
      node.value().set(uniform(random, shape[0] * shape[1]));
      nodes.add(node);
    }
    return nodes.subList(0, cell.hasC() ? 7 : 6);
  }

  private static Recurrent.Weights weights(List<Node> in) {
    return new Recurrent.Weights(in.get(2), in.get(3), in.get(4), in.get(5));
  }

  private static Node c0(Cell cell, List<Node> in) {
    return cell.hasC() ? in.get(6) : null;
  }

  private static void run(Tape tape, Node y) {
    tape.forward();
    tape.zeroGradients();
    y.gradient().set(uniform(new Random(4), y.rows() * y.columns()));
    tape.backward();
  }

  private static float[] uniform(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }
}
