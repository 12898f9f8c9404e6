package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * The recurrent steps of the vector kernel; {@link Cell} has the equations.
 *
 * <p>A panel is four vectors wide and holds all gates of as many units as that leaves room for,
 * gate after gate: the bias, then one row per input, then one per hidden unit. So one tile of the
 * product yields all gates of its units, and the rest of the step happens while they are in the
 * first-level cache. With the reset before the product there are two such stacks: r and z, and then
 * n, whose recurrent input is r * h.
 *
 * <p>Rows go in blocks that fit the scratch: the sums {@code [BLOCK, 4 vectors]}; {@code [BLOCK, D
 * + H]}, x beside h, so that one product has both and hNext may overwrite h; and where the reset is
 * before the product the same again with r * h, and z {@code [BLOCK, H]}. A single row has the sums
 * of as many panels as a block has rows, one below the other.
 */
final class VectorCells {
  private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
  private static final int BLOCK = 64;

  /** Bytes of a row of a panel, and of the sums. */
  static final long PANEL = 4L * FloatVector.SPECIES_PREFERRED.vectorByteSize();

  private static final long SUMS = BLOCK * PANEL;

  private VectorCells() {}

  static Panels panels(Scope scope, Cell cell, int inputs, int hidden) {
    boolean before = cell == Cell.GRU_RESET_BEFORE;
    int stacks = before ? panels(2, hidden) + panels(1, hidden) : panels(cell.gates(), hidden);
    Tensor weights = scope.allocate(stacks * (1 + inputs + hidden), Tiles.COLUMNS);
    int row = padded(inputs + hidden);
    int side = before ? 2 * row + padded(hidden) : row;
    int rows = BLOCK + (BLOCK * side + Tiles.COLUMNS - 1) / Tiles.COLUMNS;
    Tensor edge = scope.allocate(BLOCK, 2 * LANES);
    CellStep edges =
        new CellStep(
            null,
            null,
            null,
            scope.allocate(BLOCK, cell.gates() * LANES),
            edge.columns(0, LANES),
            edge.columns(LANES, LANES));
    Tensor scratch = scope.allocate(rows, Tiles.COLUMNS);
    return new Panels(inputs, hidden, cell, weights, scratch, edges);
  }

  /** Panels of a stack with that many gates. */
  private static int panels(int gates, int hidden) {
    int units = Tiles.COLUMNS / gates;
    return (hidden + units - 1) / units;
  }

  private static int padded(int columns) {
    return (columns + LANES - 1) / LANES * LANES;
  }

  static void pack(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels p) {
    int hidden = p.outputs;
    int rows = 1 + p.inputs + hidden;
    MemorySegment ws = SegmentMemory.of(p.weights);
    for (int o = 0, some; o < weightIh.rows(); o += some) {
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
      some = Math.min(units - unit % units, hidden - unit);
      int row = first + unit / units * rows;
      int column = gate * units + unit % units;
      int recurrent = gate == block ? p.cell.recurrentGate(block) : gate;
      int other = recurrent * units + unit % units;
      for (int i = 0; i < some; i++) {
        float bias = Products.get(biasIh, 0, o + i);
        Products.set(p.weights, row, column + i, bias);
        float sum = Products.get(biasHh, 0, o + i) + (other == column ? bias : 0);
        Products.set(p.weights, row, other + i, sum);
      }
      long input = SegmentMemory.at(p.weights, row + 1);
      long hiddenRow = SegmentMemory.at(p.weights, row + 1 + p.inputs);
      Products.packColumns(weightIh, o, some, ws, input + (long) Float.BYTES * column, PANEL);
      Products.packColumns(weightHh, o, some, ws, hiddenRow + (long) Float.BYTES * other, PANEL);
    }
  }

  static void step(CellStep s, Panels w) {
    for (int row = 0; row < s.x().rows(); row += BLOCK) {
      int rows = Math.min(BLOCK, s.x().rows() - row);
      long in0 = in(w);
      gather(s, w, row, rows, in0);
      if (w.cell == Cell.GRU_RESET_BEFORE) {
        long reset0 = in0 + BLOCK * rowBytes(w);
        gather(s, w, row, rows, reset0);
        stack(s, w, row, rows, in0, 2, 0);
        stack(s, w, row, rows, reset0, 1, panels(2, w.outputs));
      } else {
        stack(s, w, row, rows, in0, w.cell.gates(), 0);
      }
    }
  }

  /** Where x beside h begins in the scratch. */
  private static long in(Panels w) {
    return SegmentMemory.at(w.scratch, 0) + SUMS;
  }

  /** Bytes of a row of x beside h. */
  static long rowBytes(Panels w) {
    return (long) Float.BYTES * padded(w.inputs + w.outputs);
  }

  /** Where h begins in the scratch. */
  static long h(Panels w) {
    return in(w) + (long) Float.BYTES * w.inputs;
  }

  /** Where r * h begins in the scratch. */
  static long resetH(Panels w) {
    return h(w) + BLOCK * rowBytes(w);
  }

  /** Where z begins in the scratch, in rows of {@link #sideBytes}. */
  static long side(Panels w) {
    return in(w) + 2 * BLOCK * rowBytes(w);
  }

  static long sideBytes(Panels w) {
    return (long) Float.BYTES * padded(w.outputs);
  }

  /** Copies x and h of some rows to the scratch from {@code to} on. */
  private static void gather(CellStep s, Panels w, int row, int rows, long to) {
    gather(s.x(), row, rows, w, to);
    gather(s.h(), row, rows, w, to + (long) Float.BYTES * w.inputs);
  }

  private static void gather(Tensor x, int row, int rows, Panels w, long to) {
    MemorySegment xs = SegmentMemory.of(x);
    MemorySegment zs = SegmentMemory.of(w.scratch);
    long x0 = SegmentMemory.at(x, row);
    Elements.copy(xs, x0, SegmentMemory.step(x), zs, to, rowBytes(w), rows, x.columns());
  }

  /**
   * One stack of panels, for rows from {@code row} on.
   *
   * @param in0 what the product reads, in the scratch
   * @param gates of this stack
   * @param panel the stack's first
   */
  private static void stack(
      CellStep s, Panels w, int row, int rows, long in0, int gates, int panel) {
    Tensor z = w.scratch;
    int inner = w.inputs + w.outputs;
    int units = Tiles.COLUMNS / gates;
    long z0 = SegmentMemory.at(z, 0);
    long step = (1 + inner) * PANEL;
    long bias = SegmentMemory.at(w.weights, 0) + panel * step;
    if (rows == 1) {
      int panels = panels(gates, w.outputs);
      for (int p = 0; p < panels; p += BLOCK) {
        int some = Math.min(BLOCK, panels - p);
        long b0 = bias + PANEL;
        Products.row(z, in0, inner, w.weights, b0, step, w.weights, bias, step, z, z0, some);
        finishRow(s, w, row, p * units, some, gates);
        bias += some * step;
      }
      return;
    }
    for (int unit = 0; unit < w.outputs; unit += units) {
      long b0 = bias + PANEL;
      Products.panel(z, in0, rowBytes(w), inner, w.weights, b0, w.weights, bias, 0, z, z0, rows);
      finish(s, w, z0, row, rows, unit, gates);
      bias += step;
    }
  }

  /** From the sums of some panels of one row, one below the other, to its new states. */
  private static void finishRow(CellStep s, Panels w, int row, int unit, int panels, int gates) {
    long z0 = SegmentMemory.at(w.scratch, 0);
    int units = Tiles.COLUMNS / gates;
    int first = 0;
    if (w.cell == Cell.LSTM || w.cell == Cell.GRU) {
      first = Math.min(panels, (w.outputs - unit) / LANES);
      if (w.cell == Cell.LSTM) {
        VectorLstm.finish(s, w, z0, row, unit, first, true);
      } else {
        VectorGru.finish(s, w, z0, row, unit, first, true);
      }
    }
    for (int p = first; p < panels; p++) {
      finish(s, w, z0 + p * PANEL, row, 1, unit + p * units, gates);
    }
  }

  /** From the sums of one panel of units, for rows from {@code row} on, to its new states. */
  private static void finish(
      CellStep s, Panels w, long z0, int row, int rows, int unit, int gates) {
    switch (w.cell) {
      case LSTM -> VectorLstm.finish(s, w, z0, row, unit, rows, false);
      case GRU -> VectorGru.finish(s, w, z0, row, unit, rows, false);
      case GRU_RESET_BEFORE -> {
        if (gates == 2) {
          VectorGru.reset(s, w, z0, row, rows, unit);
        } else {
          VectorGru.candidate(s, w, z0, row, rows, unit);
        }
      }
      case MGU -> VectorRnn.mgu(s, w, z0, row, rows, unit);
      default -> VectorRnn.finish(s, w, z0, row, rows, unit);
    }
  }

  /** Copies what a vector of units that is not whole left at the edge to where it belongs. */
  static void fromEdge(CellStep s, Panels w, int row, int rows, int unit) {
    int units = w.outputs - unit;
    copy(w.edge.hNext(), 0, s.hNext(), row, rows, unit, units);
    if (s.cNext() != null) {
      copy(w.edge.cNext(), 0, s.cNext(), row, rows, unit, units);
    }
    for (int gate = 0; s.gates() != null && gate < w.cell.gates(); gate++) {
      copy(w.edge.gates(), gate * LANES, s.gates(), row, rows, gate * w.outputs + unit, units);
    }
  }

  /** Copies columns of x, from its first row on, to columns and rows of y. */
  private static void copy(
      Tensor x, int from, Tensor y, int row, int rows, int column, int columns) {
    long x0 = SegmentMemory.at(x, 0) + (long) Float.BYTES * from;
    long y0 = SegmentMemory.at(y, row) + (long) Float.BYTES * column;
    Elements.copy(x, x0, y, y0, rows, columns);
  }

  /** Copies a gate of some units from the sums to where the gradient finds it. */
  static void keep(
      MemorySegment zs, long z0, CellStep s, int gate, int row, int rows, int unit, int units) {
    Tensor gates = s.gates();
    if (gates != null) {
      int column = gate * s.h().columns() + unit;
      long to = SegmentMemory.at(gates, row) + (long) Float.BYTES * column;
      MemorySegment gs = SegmentMemory.of(gates);
      Elements.copy(zs, z0, PANEL, gs, to, SegmentMemory.step(gates), rows, units);
    }
  }

  /** Copies the new states of some units from the sums to hNext. */
  static void next(MemorySegment zs, long z0, CellStep s, int row, int rows, int unit, int units) {
    Tensor h = s.hNext();
    long to = SegmentMemory.at(h, row) + (long) Float.BYTES * unit;
    MemorySegment hs = SegmentMemory.of(h);
    Elements.copy(zs, z0, PANEL, hs, to, SegmentMemory.step(h), rows, units);
  }
}
