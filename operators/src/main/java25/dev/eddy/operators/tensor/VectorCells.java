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
 * <p>With the reset after it there are three, because the two sums of n have one input each, so
 * that all gates in one panel would multiply a quarter of zeros: r and z of all units, which read x
 * and h; n's of x; n's of h. They are all summed before the rest of the step happens.
 *
 * <p>Rows go in blocks that fit the scratch: the sums {@code [BLOCK, 4 vectors]}, of each panel of
 * a GRU; {@code [BLOCK, D + H]}, x beside h, so that one product has both and hNext may overwrite
 * h; and where the reset is before the product the same again with r * h, and z {@code [BLOCK, H]}.
 * A single row of another cell has the sums of as many panels as a block has rows, one below the
 * other.
 */
final class VectorCells {
  private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
  private static final int BLOCK = 64;

  /** Bytes of a row of a panel, and of the sums. */
  static final long PANEL = 4L * FloatVector.SPECIES_PREFERRED.vectorByteSize();

  private static final int BYTES = FloatVector.SPECIES_PREFERRED.vectorByteSize();

  private VectorCells() {}

  static Panels panels(Scope scope, Cell cell, int inputs, int hidden) {
    boolean before = cell == Cell.GRU_RESET_BEFORE;
    int inner = 1 + inputs + hidden;
    int one = panels(1, hidden);
    int weightRows =
        switch (cell) {
          case GRU -> resetPanels(hidden) * inner + one * (1 + inner);
          case GRU_RESET_BEFORE -> (panels(2, hidden) + one) * inner;
          default -> panels(cell.gates(), hidden) * inner;
        };
    Tensor weights = scope.allocate(weightRows, Tiles.COLUMNS);
    int row = padded(inputs + hidden);
    int side = before ? 2 * row + padded(hidden) : row;
    int rows = BLOCK * sums(cell, hidden) + (BLOCK * side + Tiles.COLUMNS - 1) / Tiles.COLUMNS;
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

  /** Panels of a GRU's r and z, which follow each other in whole vectors. */
  private static int resetPanels(int hidden) {
    return panels(1, 2 * padded(hidden));
  }

  /** Panels whose sums the scratch holds at a time. */
  private static int sums(Cell cell, int hidden) {
    return cell == Cell.GRU ? resetPanels(hidden) + 2 * panels(1, hidden) : 1;
  }

  private static int padded(int columns) {
    return (columns + LANES - 1) / LANES * LANES;
  }

  static void pack(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels p) {
    int hidden = p.outputs;
    int rows = 1 + p.inputs + hidden;
    for (int o = 0, some; o < weightIh.rows(); o += some) {
      int block = o / hidden;
      int unit = o % hidden;
      int row;
      int column;
      boolean apart = p.cell == Cell.GRU && block == 2;
      if (p.cell == Cell.GRU) {
        int place = block == 1 ? padded(hidden) + unit : unit;
        row = place / Tiles.COLUMNS * rows;
        column = place % Tiles.COLUMNS;
        some = Math.min(Tiles.COLUMNS - column, hidden - unit);
      } else {
        boolean before = p.cell == Cell.GRU_RESET_BEFORE;
        int gates = before ? (block < 2 ? 2 : 1) : p.cell.gates();
        int units = Tiles.COLUMNS / gates;
        int first = before && block == 2 ? panels(2, hidden) * rows : 0;
        row = first + unit / units * rows;
        column = block % gates * units + unit % units;
        some = Math.min(units - unit % units, hidden - unit);
      }
      int recurrent = row;
      int hiddenRow = row + 1 + p.inputs;
      if (apart) {
        int first = resetPanels(hidden) * rows;
        int panel = unit / Tiles.COLUMNS;
        row = first + panel * (1 + p.inputs);
        recurrent = first + panels(1, hidden) * (1 + p.inputs) + panel * (1 + hidden);
        hiddenRow = recurrent + 1;
      }
      for (int i = 0; i < some; i++) {
        float bias = Products.get(biasIh, 0, o + i);
        Products.set(p.weights, row, column + i, bias);
        float sum = Products.get(biasHh, 0, o + i) + (apart ? 0 : bias);
        Products.set(p.weights, recurrent, column + i, sum);
      }
      long at = (long) Float.BYTES * column;
      long input = SegmentMemory.at(p.weights, row + 1) + at;
      Products.packColumns(weightIh, o, some, p.weights, input, PANEL);
      long hidden0 = SegmentMemory.at(p.weights, hiddenRow) + at;
      Products.packColumns(weightHh, o, some, p.weights, hidden0, PANEL);
    }
  }

  static void step(CellStep s, Panels w) {
    for (int row = 0; row < s.x().rows(); row += BLOCK) {
      int rows = Math.min(BLOCK, s.x().rows() - row);
      long in0 = in(w);
      gather(s, w, row, rows, in0);
      if (w.cell == Cell.GRU) {
        gru(s, w, row, rows);
      } else if (w.cell == Cell.GRU_RESET_BEFORE) {
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
    return SegmentMemory.at(w.scratch, 0) + BLOCK * PANEL * sums(w.cell, w.outputs);
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
    int inner = w.inputs + w.outputs;
    int units = Tiles.COLUMNS / gates;
    long z0 = SegmentMemory.at(w.scratch, 0);
    long bias = SegmentMemory.at(w.weights, 0) + panel * (1 + inner) * PANEL;
    if (rows == 1) {
      int panels = panels(gates, w.outputs);
      for (int p = 0; p < panels; p += BLOCK) {
        int some = Math.min(BLOCK, panels - p);
        bias = product(w, in0, inner, bias, z0, 1, some);
        finishRow(s, w, row, p * units, some, gates);
      }
      return;
    }
    for (int unit = 0; unit < w.outputs; unit += units) {
      bias = product(w, in0, inner, bias, z0, rows, 1);
      finish(s, w, z0, row, rows, unit, gates);
    }
  }

  /** The three stacks of a GRU, for rows from {@code row} on. */
  private static void gru(CellStep s, Panels w, int row, int rows) {
    int hidden = w.outputs;
    int both = resetPanels(hidden);
    int one = panels(1, hidden);
    long z0 = SegmentMemory.at(w.scratch, 0);
    long bias = SegmentMemory.at(w.weights, 0);
    bias = product(w, in(w), w.inputs + hidden, bias, z0, rows, both);
    bias = product(w, in(w), w.inputs, bias, z0 + both * rows * PANEL, rows, one);
    product(w, h(w), hidden, bias, z0 + (both + one) * rows * PANEL, rows, one);
    int keep = padded(hidden) / LANES;
    int n = 4 * both;
    int product = n + 4 * one;
    int across = rows == 1 ? hidden / LANES : 0;
    if (across > 0) {
      VectorGru.finish(
          s, w, z0, z0 + keep * BYTES, z0 + n * BYTES, z0 + product * BYTES, row, 0, across, true);
    }
    for (int v = across; v < keep; v++) {
      VectorGru.finish(
          s,
          w,
          sum(z0, v, rows),
          sum(z0, keep + v, rows),
          sum(z0, n + v, rows),
          sum(z0, product + v, rows),
          row,
          v * LANES,
          rows,
          false);
    }
  }

  /** Where a vector of the sums of some rows begins, four to a panel. */
  private static long sum(long z0, int vector, int rows) {
    return z0 + vector / 4 * rows * PANEL + vector % 4 * BYTES;
  }

  /** The sums of some panels, one below the other; returns where the next panel begins. */
  private static long product(
      Panels w, long a0, int inner, long bias, long z0, int rows, int panels) {
    Tensor z = w.scratch;
    long step = (1 + inner) * PANEL;
    long b0 = bias + PANEL;
    if (rows == 1) {
      Products.row(z, a0, inner, w.weights, b0, step, w.weights, bias, step, z, z0, panels);
      return bias + panels * step;
    }
    for (int p = 0; p < panels; p++) {
      Products.panel(z, a0, rowBytes(w), inner, w.weights, b0, w.weights, bias, 0, z, z0, rows);
      bias += step;
      b0 += step;
      z0 += rows * PANEL;
    }
    return bias;
  }

  /** From the sums of some panels of one row, one below the other, to its new states. */
  private static void finishRow(CellStep s, Panels w, int row, int unit, int panels, int gates) {
    long z0 = SegmentMemory.at(w.scratch, 0);
    int units = Tiles.COLUMNS / gates;
    int first = 0;
    if (w.cell == Cell.LSTM) {
      first = Math.min(panels, (w.outputs - unit) / LANES);
      VectorLstm.finish(s, w, z0, row, unit, first, true);
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

  /**
   * Where a vector lies that begins {@code at} bytes behind the start of a row, and count - 1 more.
   */
  static long place(Tensor x, int row, long at, int count, long step) {
    long first = SegmentMemory.at(x, row) + at;
    return SegmentMemory.place(SegmentMemory.of(x), first, count, step, LANES);
  }

  /** The same of as many gates, one {@code block} behind the other. */
  static long place(Tensor gates, int row, long at, int count, long step, int blocks, long block) {
    place(gates, row, at + (blocks - 1) * block, count, step);
    return place(gates, row, at, count, step);
  }

  /** Copies what a vector of units that is not whole left at the edge to where it belongs. */
  static void fromEdge(CellStep s, Panels w, int row, int rows, int unit) {
    int units = w.outputs - unit;
    copy(w.edge.hNext(), 0, s.hNext(), row, rows, unit, units);
    if (w.cell.hasC()) {
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
