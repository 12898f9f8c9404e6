package dev.eddy.operators.tensor;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The recurrent steps of the vector kernel; {@link Cell} has the equations.
 *
 * <p>A panel is four vectors wide and holds all gates of as many units as that leaves room for,
 * gate after gate: the bias, then one row per input, then one per hidden unit. So one tile of the
 * product yields all gates of its units, and the rest of the step happens while they are in the
 * first-level cache. With the reset before the product there are two such stacks: r and z, and then
 * n, whose recurrent input is r * h. Rows go in blocks whose sums fit the scratch {@code [BLOCK, 4
 * vectors + 3 H]}: the sums; h where hNext overwrites it; r * h; z.
 */
final class VectorCells {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();
  private static final long PANEL_BYTES = 4L * S.vectorByteSize();
  private static final int BLOCK = 64;

  private VectorCells() {}

  static Panels panels(Scope scope, Cell cell, int inputs, int hidden) {
    boolean before = cell == Cell.GRU_RESET_BEFORE;
    int stacks = before ? panels(2, hidden) + panels(1, hidden) : panels(cell.gates(), hidden);
    Tensor weights = scope.allocate(stacks * (1 + inputs + hidden), Tiles.COLUMNS);
    int kept = (before ? 3 : 1) * padded(hidden);
    return new Panels(inputs, hidden, cell, weights, scope.allocate(BLOCK, Tiles.COLUMNS + kept));
  }

  /** Panels of a stack with that many gates. */
  private static int panels(int gates, int hidden) {
    int units = Tiles.COLUMNS / gates;
    return (hidden + units - 1) / units;
  }

  private static int padded(int hidden) {
    return (hidden + LANES - 1) / LANES * LANES;
  }

  static void pack(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels p) {
    int hidden = p.outputs;
    int rows = 1 + p.inputs + hidden;
    for (int o = 0; o < weightIh.rows(); o++) {
      int block = o / hidden;
      int unit = o % hidden;
      int first = 0;
      int gates = p.cell.gates();
      int gate = block;
      if (p.cell == Cell.GRU_RESET_BEFORE) {
        first = block < 2 ? 0 : panels(2, hidden) * rows;
        gates = block < 2 ? 2 : 1;
        gate = block % 2;
      }
      int units = Tiles.COLUMNS / gates;
      int row = first + unit / units * rows;
      int column = gate * units + unit % units;
      int recurrent = gate == block ? p.cell.recurrentGate(block) : gate;
      int other = recurrent * units + unit % units;
      float bias = Products.get(biasIh, 0, o);
      Products.set(p.weights, row, column, bias);
      float sum = Products.get(biasHh, 0, o) + (other == column ? bias : 0);
      Products.set(p.weights, row, other, sum);
      Products.packRow(weightIh, o, p.weights, row + 1, column);
      Products.packRow(weightHh, o, p.weights, row + 1 + p.inputs, other);
    }
  }

  static void step(CellStep s, Panels w) {
    Tensor z = w.scratch;
    int hidden = w.outputs;
    boolean inPlace = s.hNext().same(s.h());
    for (int r = 0; r < s.x().rows(); r += BLOCK) {
      int rows = Math.min(BLOCK, s.x().rows() - r);
      Tensor hs = s.h();
      long h0 = SegmentMemory.at(hs, r);
      if (inPlace) {
        long kept = SegmentMemory.at(z, 0) + PANEL_BYTES;
        Elements.copy(hs, h0, z, kept, rows, hidden);
        hs = z;
        h0 = kept;
      }
      if (w.cell == Cell.GRU_RESET_BEFORE) {
        long product = SegmentMemory.at(z, 0) + PANEL_BYTES + (long) Float.BYTES * padded(hidden);
        stack(s, w, r, rows, hs, h0, hs, h0, 2, 0);
        stack(s, w, r, rows, hs, h0, z, product, 1, panels(2, hidden));
      } else {
        stack(s, w, r, rows, hs, h0, hs, h0, w.cell.gates(), 0);
      }
    }
  }

  /**
   * One stack of panels, for rows from {@code r} on.
   *
   * @param hs h, from {@code h0} on
   * @param from what the recurrent product reads, from {@code from0} on
   * @param gates of this stack
   * @param panel the stack's first
   */
  private static void stack(
      CellStep s,
      Panels w,
      int r,
      int rows,
      Tensor hs,
      long h0,
      Tensor from,
      long from0,
      int gates,
      int panel) {
    Tensor z = w.scratch;
    Tensor x = s.x();
    int hidden = w.outputs;
    int units = Tiles.COLUMNS / gates;
    long z0 = SegmentMemory.at(z, 0);
    long zRow = SegmentMemory.step(z);
    long weightStep = (1 + w.inputs + hidden) * PANEL_BYTES;
    long weight = SegmentMemory.at(w.weights, 0) + panel * weightStep;
    long x0 = SegmentMemory.at(x, r);
    long xRow = SegmentMemory.step(x);
    long fromRow = SegmentMemory.step(from);
    int unit = 0;
    if (rows == 1) {
      for (; unit + units < hidden; unit += 2 * units) {
        Products.begin(w.weights, weight, z, z0, 1, Tiles.COLUMNS);
        Products.begin(w.weights, weight + weightStep, z, z0 + zRow, 1, Tiles.COLUMNS);
        long b0 = weight + PANEL_BYTES;
        Tiles.rows1Twice(x, x0, w.inputs, w.weights, b0, weightStep, z, z0, zRow);
        b0 += w.inputs * PANEL_BYTES;
        Tiles.rows1Twice(from, from0, hidden, w.weights, b0, weightStep, z, z0, zRow);
        finish(s, w, z0, hs, h0, r, 1, unit, gates);
        finish(s, w, z0 + zRow, hs, h0, r, 1, unit + units, gates);
        weight += 2 * weightStep;
      }
    }
    for (; unit < hidden; unit += units) {
      Products.begin(w.weights, weight, z, z0, rows, Tiles.COLUMNS);
      long b0 = weight + PANEL_BYTES;
      Products.panel(x, x0, xRow, w.inputs, w.weights, b0, z, z0, rows, Tiles.COLUMNS);
      b0 += w.inputs * PANEL_BYTES;
      Products.panel(from, from0, fromRow, hidden, w.weights, b0, z, z0, rows, Tiles.COLUMNS);
      finish(s, w, z0, hs, h0, r, rows, unit, gates);
      weight += weightStep;
    }
  }

  /** From the sums of one panel of units, for rows from {@code row} on, to its new states. */
  private static void finish(
      CellStep s, Panels w, long z0, Tensor hs, long h0, int row, int rows, int unit, int gates) {
    Tensor z = w.scratch;
    long h = h0 + (long) Float.BYTES * unit;
    switch (w.cell) {
      case LSTM -> VectorLstm.finish(z, z0, s, row, rows, unit);
      case GRU -> VectorGru.finish(z, z0, hs, h, s, row, rows, unit);
      case GRU_RESET_BEFORE -> {
        long side = (long) Float.BYTES * padded(w.outputs);
        long product = SegmentMemory.at(z, 0) + PANEL_BYTES + side + (long) Float.BYTES * unit;
        if (gates == 2) {
          VectorGru.reset(z, z0, hs, h, product, product + side, s, row, rows, unit);
        } else {
          VectorGru.candidate(z, z0, hs, h, product + side, s, row, rows, unit);
        }
      }
      case MGU -> VectorRnn.mgu(z, z0, hs, h, s, row, rows, unit);
      default -> VectorRnn.finish(w.cell, z, z0, s, row, rows, unit);
    }
  }

  /** Copies a gate of some units from the scratch to where the gradient finds it. */
  static void keep(Tensor z, long z0, CellStep s, int gate, int row, int rows, int unit, int some) {
    if (s.gates() != null) {
      int column = gate * s.h().columns() + unit;
      long to = SegmentMemory.at(s.gates(), row) + (long) Float.BYTES * column;
      Elements.copy(z, z0, s.gates(), to, rows, some);
    }
  }
}
