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

  static void addTo(List<GradientCases.Case> cases) {
    for (Cell cell : Cell.values()) {
      for (Recurrent.Direction direction : Recurrent.Direction.values()) {
        cases.add(of(cell, direction, 3));
      }
      cases.add(of(cell, Recurrent.Direction.FORWARD, 17));
    }
  }

  private static GradientCases.Case of(Cell cell, Recurrent.Direction direction, int hidden) {
    Packing packing = new Packing(5, 3, 3, 1);
    int n = packing.sequences();
    int blocks = cell.blocks() * hidden;
    int[] weights = shapes(blocks, 5, blocks, hidden, 1, blocks, 1, blocks);
    int[] states = shapes(packing.rows(), 5, n, hidden, n, hidden);
    return GradientCases.of(
        Recurrent.class,
        cell + " " + direction + " of " + hidden,
        IntStream.concat(Arrays.stream(weights), Arrays.stream(states))
            .limit(cell.hasC() ? 14 : 12)
            .toArray(),
        (t, in) -> {
          calm(cell, in[0], in[1], in[2]);
          var w = new Recurrent.Weights(in[0], in[1], in[2], in[3]);
          Node c0 = cell.hasC() ? in[6] : null;
          return Recurrent.of(t, cell, direction, packing, in[4], in[5], c0, w).h();
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
        bias[i] = Math.copySign(6, bias[i]);
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
