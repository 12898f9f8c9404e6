package dev.eddy.operators.graph;

import static dev.eddy.operators.graph.GradientCases.shapes;

import dev.eddy.operators.tensor.Cell;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The recurrent operation of every cell, in both directions, with inputs to differentiate it by.
 */
final class RecurrentCases {
  private RecurrentCases() {}

  /** Sequences of several lengths. */
  private static final Packing RAGGED = new Packing(5, 3, 3, 1);

  /** Sequences of one length, whose states before a timestep are those after the last. */
  private static final Packing EVEN = new Packing(3, 3);

  static void addTo(List<GradientCases.Case> cases) {
    for (Cell cell : Cell.values()) {
      for (Recurrent.Direction direction : Recurrent.Direction.values()) {
        cases.add(of(cell, direction, RAGGED, 5, 3, false));
        cases.add(of(cell, direction, EVEN, 64, 3, false));
        if (cell.hasC()) {
          cases.add(of(cell, direction, RAGGED, 5, 3, true));
        }
      }
      cases.add(of(cell, Recurrent.Direction.FORWARD, RAGGED, 5, 17, false));
    }
  }

  /**
   * A case of some inputs and units.
   *
   * @param handsOn whether the last c is read from outside as well
   */
  private static GradientCases.Case of(
      Cell cell,
      Recurrent.Direction direction,
      Packing packing,
      int inputs,
      int hidden,
      boolean handsOn) {
    int n = packing.sequences();
    int blocks = cell.blocks() * hidden;
    int[] weights = shapes(blocks, inputs, blocks, hidden, 1, blocks, 1, blocks);
    int[] states = shapes(packing.rows(), inputs, n, hidden, n, hidden);
    return GradientCases.of(
        "Recurrent.of",
        cell
            + " "
            + direction
            + " of "
            + inputs
            + " to "
            + hidden
            + (handsOn ? " with the last c" : ""),
        IntStream.concat(Arrays.stream(weights), Arrays.stream(states))
            .limit(cell.hasC() ? 14 : 12)
            .toArray(),
        (t, in) -> {
          calm(cell, in[0], in[1], in[2]);
          var w = new Recurrent.Weights(in[0], in[1], in[2], in[3]);
          Node c0 = cell.hasC() ? in[6] : null;
          Recurrent layer = Recurrent.of(t, cell, direction, packing, in[4], in[5], c0, w);
          return handsOn ? Concatenate.rows(t, layer.h(), layer.cLast()) : layer.h();
        });
  }

  /**
   * Weights so small that five steps stay far from chaos, where the stencil would see too much; and
   * biases that hold the sums of a rectifier away from its kink.
   */
  private static void calm(Cell cell, Node weightIh, Node weightHh, Node biasIh) {
    weightIh.value().set(scaled(weightIh, 1f / weightIh.columns()));
    weightHh.value().set(scaled(weightHh, 0.5f / weightHh.columns()));
    if (cell == Cell.RNN_RELU) {
      float[] bias = biasIh.value().get();
      for (int i = 0; i < bias.length; i++) {
        bias[i] = i % 2 == 0 ? 6 : -6;
      }
      biasIh.value().set(bias);
    }
  }

  private static float[] scaled(Node node, float factor) {
    float[] values = node.value().get();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return values;
  }
}
