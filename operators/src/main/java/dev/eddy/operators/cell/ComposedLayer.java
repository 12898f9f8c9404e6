package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Recurrent.Direction;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import java.util.ArrayList;
import java.util.List;

/**
 * One recurrent layer in one direction over packed sequences, unrolled into the equations of its
 * cell. {@link Recurrent} is the same, fused and much faster; what it cannot do, such as
 * normalising inside of the cell, is done here.
 */
final class ComposedLayer {
  /**
   * What was recorded. N packed rows.
   *
   * @param steps of each timestep h_t {@code [n, H]}, which the next one reads
   * @param h every h_t {@code [N, H]}, which is read from outside
   * @param c every c_t {@code [N, H]}, null for none
   */
  record Unrolled(List<Node> steps, Node h, Node c) {}

  private ComposedLayer() {}

  /**
   * Records the layer.
   *
   * @param x {@code [packing.rows, D]}
   * @param first h and c {@code [packing.sequences, H]} with which each sequence begins
   * @param gains null for none
   */
  static Unrolled of(
      Tape tape,
      Cell cell,
      Direction direction,
      Packing packing,
      Node x,
      CellEquations.State first,
      Recurrent.Weights weights,
      CellEquations.Gains gains) {
    Recurrent.require(cell, direction, packing, x, first.h(), first.c(), weights);
    int steps = packing.steps();
    List<Node> h = new ArrayList<>();
    List<Node> c = new ArrayList<>();
    CellEquations.State last = null;
    for (int i = 0; i < steps; i++) {
      int t = direction == Direction.REVERSE ? steps - 1 - i : i;
      int n = packing.size(t);
      var before =
          new CellEquations.State(
              running(tape, last == null ? null : last.h(), first.h(), n),
              cell.hasC() ? running(tape, last == null ? null : last.c(), first.c(), n) : null);
      Node xt = x.rows(packing.offset(t), n);
      last = CellEquations.step(tape, cell, xt, before, weights, gains);
      int at = direction == Direction.REVERSE ? 0 : i;
      h.add(at, last.h());
      c.add(at, last.c());
    }
    return new Unrolled(h, stacked(tape, h), cell.hasC() ? stacked(tape, c) : null);
  }

  /** n rows: what ran last, and under it what begins. */
  private static Node running(Tape tape, Node last, Node first, int n) {
    if (last == null) {
      return first.rows(0, n);
    }
    int going = Math.min(n, last.rows());
    Node go = last.rows(0, going);
    return going == n ? go : Concatenate.rows(tape, go, first.rows(going, n - going));
  }

  private static Node stacked(Tape tape, List<Node> steps) {
    return Concatenate.rows(tape, steps.toArray(new Node[0]));
  }
}
