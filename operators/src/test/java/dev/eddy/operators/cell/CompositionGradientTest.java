package dev.eddy.operators.cell;

import static dev.eddy.operators.graph.GradientCases.shapes;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.FiniteDifferences;
import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.graph.GradientCases;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recorders;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Recurrent.Direction;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every composition of operations that the package offers, found in its classes, checked against
 * finite differences by each of its inputs and weights.
 */
class CompositionGradientTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 8;
  private static final int DIRECTIONS = 2;
  private static final String RECURRENT =
      "Weights.recurrent(Tape, String, Cell, Direction, Packing, Node, State, int)";
  private static final Packing PACKING = new Packing(4, 2, 2, 1);

  /** What was recorded, and what to differentiate it by. */
  private record Recorded(Node y, List<Input> inputs) {}

  private interface Recording {
    Recorded on(Tape tape, Weights weights, Random random);
  }

  private interface Composition {
    Node of(Tape tape, Weights weights, Node... in);
  }

  /**
   * One recording.
   *
   * @param recorder what records it, as {@link Recorders} names it
   */
  private record Case(String recorder, String what, Recording recording) {
    @Override
    public String toString() {
      return recorder + " " + what;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.add(of("Weights.affine", "", shapes(4, 3), (t, w, in) -> w.affine(t, "a", in[0], 5)));
    cases.add(of("Weights.prelu", "", shapes(4, 6), (t, w, in) -> w.prelu(t, "p", in[0])));
    cases.add(of("Weights.layerNorm", "", shapes(4, 6), (t, w, in) -> w.layerNorm(t, "n", in[0])));
    cases.add(
        of(
            "Weights.embedding",
            "one row twice, one never",
            shapes(),
            (t, w, in) -> w.embedding(t, "e", 4, 3, new int[] {3, 1, 1, 0})));
    cases.add(
        of(
            "Weights.convolution",
            "with padding",
            shapes(2 * 4 * 3, 2),
            (t, w, in) -> {
              Grid grid = new Grid(in[0], 4, 3);
              return w.convolution(t, "c", grid, Filter.square(2, 1, 1), 3).places();
            }));
    cases.add(
        of(
            "Attention.of",
            "shares and outputs",
            shapes(2, HIDDEN, 4, HIDDEN),
            (t, w, in) -> {
              Attention attention = Attention.of(t, w, "a", in[0], in[1]);
              return Concatenate.columns(t, attention.shares(), attention.y());
            }));
    for (Cell cell : Cell.values()) {
      cells(cell, cases);
      for (Direction direction : Direction.values()) {
        layers(cell, direction, cases);
      }
      networks(cell, cases);
    }
    return cases;
  }

  private static void cells(Cell cell, List<Case> cases) {
    int rows = cell.blocks() * HIDDEN;
    int[] shapes = shapes(4, INPUTS, 4, HIDDEN, 4, HIDDEN);
    for (boolean normalised : new boolean[] {false, true}) {
      cases.add(
          of(
              "CellEquations.step",
              cell + (normalised ? " normalised" : ""),
              Arrays.copyOf(shapes, cell.hasC() ? 6 : 4),
              (t, w, in) -> {
                Recurrent.Weights weights = w.recurrent("r", cell, INPUTS, HIDDEN);
                CellEquations.Gains gains =
                    normalised
                        ? new CellEquations.Gains(
                            w.vector("r.norm_ih", rows, Initial.ONES),
                            w.vector("r.norm_hh", rows, Initial.ONES))
                        : null;
                calm(w, cell);
                var after = CellEquations.step(t, cell, in[0], before(in), weights, gains);
                return cell.hasC() ? Concatenate.rows(t, after.h(), after.c()) : after.h();
              }));
    }
  }

  private static CellEquations.State before(Node... in) {
    return new CellEquations.State(in[1], in.length > 2 ? in[2] : null);
  }

  private static void layers(Cell cell, Direction direction, List<Case> cases) {
    int n = PACKING.sequences();
    int[] all = shapes(PACKING.rows(), INPUTS, n, HIDDEN, n, HIDDEN);
    int[] shapes = Arrays.copyOf(all, cell.hasC() ? 6 : 4);
    String what = cell + " " + direction;
    cases.add(
        of(
            RECURRENT,
            what,
            shapes,
            (t, w, in) -> {
              Recurrent layer =
                  w.recurrent(t, "r", cell, direction, PACKING, in[0], before(in), HIDDEN);
              calm(w, cell);
              return cell.hasC() ? Concatenate.rows(t, layer.h(), layer.cLast()) : layer.h();
            }));
    cases.add(
        of(
            RECURRENT,
            what + " from zero",
            Arrays.copyOf(all, 2),
            (t, w, in) -> {
              Node h = w.recurrent(t, "r", cell, direction, PACKING, in[0], null, HIDDEN).h();
              calm(w, cell);
              return h;
            }));
    cases.add(
        of(
            "Weights.normalised",
            what,
            shapes,
            (t, w, in) -> {
              CellEquations.State layer =
                  w.normalised(t, "r", cell, direction, PACKING, in[0], before(in), HIDDEN);
              calm(w, cell);
              return cell.hasC() ? Concatenate.rows(t, layer.h(), layer.c()) : layer.h();
            }));
  }

  private static void networks(Cell cell, List<Case> cases) {
    for (boolean attention : new boolean[] {false, true}) {
      cases.add(
          of(
              "EncoderDecoder.record",
              cell + (attention ? " with attention" : ""),
              shapes(),
              (t, w, in) -> {
                var network = new EncoderDecoder(cell, 4, 3, INPUTS, 5, attention);
                Node losses = network.record(t, w, EncoderDecoderTest.PAIRS).losses();
                calm(w, cell);
                return losses;
              }));
    }
    for (String task : List.of("tagging", "classification")) {
      for (boolean both : new boolean[] {false, true}) {
        String what = cell + " " + task + " of words" + (both ? " in both directions" : "");
        cases.add(
            new Case("Network.unroll", what, (t, w, random) -> network(t, w, cell, task, both)));
      }
    }
  }

  private static Recorded network(
      Tape tape, Weights weights, Cell cell, String task, boolean both) {
    var features = new ModelConfig.Text(8, INPUTS);
    var config =
        new ModelConfig(
            cell.architecture(),
            INPUTS,
            HIDDEN,
            2,
            both,
            task,
            List.of("a", "b"),
            features,
            0,
            new Layers(true, 0.2f, false));
    var model = Initialization.fresh("m", config, 5);
    model.tensors().forEach((name, values) -> calm(name, values, cell, false));
    Network network = new Network(weights.scope(), model, PACKING.rows());
    Network.Unrolled unrolled = network.unroll(tape, PACKING, () -> 3);
    String[] words = {"The", "eddy", "turns", "back"};
    for (int row = 0; row < PACKING.rows(); row++) {
      unrolled.inputs().set(row, new Event("s", words[row % 4], null, -1, 0, false));
    }
    return new Recorded(
        unrolled.logits(),
        FiniteDifferences.inputs(network.parameters(), List.of(network.table())));
  }

  private static Case of(String recorder, String what, int[] shapes, Composition composition) {
    return new Case(
        recorder,
        what,
        (tape, weights, random) -> {
          Node[] in = GradientCases.nodes(tape, random, shapes);
          Node y = composition.of(tape, weights, in);
          List<Input> inputs = new ArrayList<>(GradientCases.inputs(in));
          inputs.addAll(FiniteDifferences.inputs(weights.parameters(), weights.tables()));
          return new Recorded(y, inputs);
        });
  }

  private static void calm(Weights weights, Cell cell) {
    Map<String, float[]> values = weights.copy();
    boolean normalised = values.containsKey("r.norm_ih");
    values.forEach((name, of) -> calm(name, of, cell, normalised));
    weights.set(values);
  }

  /**
   * Weights so great that each one's gradient is seen, or, where their products are normalised,
   * that a step is small beside them. Half of the units of a rectifier are far above its kink, half
   * far below it, with products that are small beside that, nor so great that the attention's tanh
   * is flat.
   */
  private static void calm(String name, float[] values, Cell cell, boolean normalised) {
    boolean rectifier = cell == Cell.RNN_RELU;
    boolean weight = name.contains("weight_");
    for (int i = 0; i < values.length; i++) {
      if (name.endsWith("embedding") || (weight && normalised)) {
        values[i] *= 10;
      } else if (rectifier && weight && !name.endsWith("weight_ih")) {
        values[i] *= 0.2f;
      } else if (rectifier && name.startsWith("attention")) {
        values[i] *= 0.1f;
      } else if (rectifier && name.contains("bias_ih")) {
        values[i] = (i % 2 == 0 ? 1 : -1) * (normalised ? 6 : 3);
      }
    }
  }

  @Test
  void everyCompositionHasACase() {
    assertEquals(
        Recorders.beside(Weights.class).all(),
        cases().stream().map(Case::recorder).collect(Collectors.toSet()));
  }

  static Stream<Case> all() {
    return cases().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  void everyGradientIsThatOfFiniteDifferences(Case c) {
    Kernel kernel = Kernels.best();
    Random random = new Random(c.toString().hashCode());
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      Recorded recorded = c.recording.on(tape, weights, random);
      FiniteDifferences.assertGradients(tape, recorded.y, recorded.inputs, DIRECTIONS, random);
    }
  }
}
