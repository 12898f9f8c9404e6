package dev.eddy.operators.tensor;

import static dev.eddy.operators.tensor.Activations.E1;
import static dev.eddy.operators.tensor.Activations.E2;
import static dev.eddy.operators.tensor.Activations.E3;
import static dev.eddy.operators.tensor.Activations.E4;
import static dev.eddy.operators.tensor.Activations.E5;
import static dev.eddy.operators.tensor.Activations.E6;
import static dev.eddy.operators.tensor.Activations.PER_LN2;
import static dev.eddy.operators.tensor.Activations.ROUND;
import static dev.eddy.operators.tensor.Activations.S1;
import static dev.eddy.operators.tensor.Activations.S2;
import static dev.eddy.operators.tensor.Activations.S3;
import static dev.eddy.operators.tensor.Activations.S4;
import static dev.eddy.operators.tensor.Activations.S5;
import static dev.eddy.operators.tensor.Activations.SIGMOID_END;
import static dev.eddy.operators.tensor.Activations.TANH_END;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The element-wise part of both gated recurrent units; {@link Cell} has the equations. */
final class VectorGru {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();
  private static final int BYTES = S.vectorByteSize();

  /** Units of a panel of r and z. */
  private static final int RESET_UNITS = Tiles.COLUMNS / 2;

  private VectorGru() {}

  /**
   * The reset after the product: for {@code count} rows from {@code row} on, or across one row for
   * {@code count} vectors of units. Written as {@link VectorLstm#finish} is.
   *
   * @param reset0 where the sums of r begin, in rows of a panel, or across in whole vectors
   * @param keep0 those of z
   * @param new0 those of n's input
   * @param product0 those of n's recurrent product
   */
  static void finish(
      CellStep s,
      Panels w,
      long reset0,
      long keep0,
      long new0,
      long product0,
      int row,
      int unit,
      int count,
      boolean across) {
    boolean keepGates = s.gates() != null;
    boolean whole = unit + LANES <= w.outputs;
    CellStep to = whole ? s : w.edge;
    int first = whole ? row : 0;
    long at = (long) Float.BYTES * (whole ? unit : 0);
    MemorySegment zs = SegmentMemory.of(w.scratch);
    MemorySegment hNexts = SegmentMemory.of(to.hNext());
    MemorySegment gs = keepGates ? SegmentMemory.of(to.gates()) : null;
    long h0 = VectorCells.h(w) + (long) Float.BYTES * unit;
    long hNext0 = SegmentMemory.at(to.hNext(), first) + at;
    long g0 = keepGates ? SegmentMemory.at(to.gates(), first) + at : 0;
    long zRow = across ? BYTES : VectorCells.PANEL;
    long hRow = across ? BYTES : VectorCells.rowBytes(w);
    long hNextRow = across ? BYTES : SegmentMemory.step(to.hNext());
    long gRow = across || !keepGates ? BYTES : SegmentMemory.step(to.gates());
    long block = (long) Float.BYTES * to.hNext().columns();
    for (int i = 0; i < count; i++) {
      FloatVector r = FloatVector.fromMemorySegment(S, zs, reset0 + i * zRow, ORDER);
      r = r.blend(-SIGMOID_END, r.compare(VectorOperators.LT, -SIGMOID_END));
      r = r.blend(SIGMOID_END, r.compare(VectorOperators.GT, SIGMOID_END));
      FloatVector t0 = r.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p0 =
          t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r0 =
          r.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND).sub(t0));
      FloatVector q0 = r0.fma(FloatVector.broadcast(S, S5), FloatVector.broadcast(S, S4));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S3));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S2));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S1));
      r = FloatVector.broadcast(S, 1f).div(p0.fma(q0.mul(r0), p0.add(1f)));
      FloatVector sum = FloatVector.fromMemorySegment(S, zs, new0 + i * zRow, ORDER);
      FloatVector product = FloatVector.fromMemorySegment(S, zs, product0 + i * zRow, ORDER);
      product.fma(r, sum).intoMemorySegment(zs, new0 + i * zRow, ORDER);
      if (keepGates) {
        r.intoMemorySegment(gs, g0 + i * gRow, ORDER);
        product.intoMemorySegment(gs, g0 + i * gRow + 3 * block, ORDER);
      }
    }
    for (int i = 0; i < count; i++) {
      FloatVector keep = FloatVector.fromMemorySegment(S, zs, keep0 + i * zRow, ORDER);
      keep = keep.blend(-SIGMOID_END, keep.compare(VectorOperators.LT, -SIGMOID_END));
      keep = keep.blend(SIGMOID_END, keep.compare(VectorOperators.GT, SIGMOID_END));
      FloatVector t0 =
          keep.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p0 =
          t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r0 =
          keep.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND).sub(t0));
      FloatVector q0 = r0.fma(FloatVector.broadcast(S, S5), FloatVector.broadcast(S, S4));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S3));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S2));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S1));
      keep = p0.fma(q0.mul(r0), p0.add(1f));
      FloatVector n = FloatVector.fromMemorySegment(S, zs, new0 + i * zRow, ORDER);
      n = n.blend(-TANH_END, n.compare(VectorOperators.LT, -TANH_END));
      n = n.blend(TANH_END, n.compare(VectorOperators.GT, TANH_END));
      FloatVector t1 =
          n.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p1 =
          t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r1 =
          n.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND).sub(t1));
      FloatVector q1 = r1.fma(FloatVector.broadcast(S, E6), FloatVector.broadcast(S, E5));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E4));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E3));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E2));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E1));
      n = p1.fma(q1.mul(r1), p1.sub(1f));
      keep = FloatVector.broadcast(S, 1f).div(keep);
      n = n.div(n.add(2f));
      FloatVector.fromMemorySegment(S, zs, h0 + i * hRow, ORDER)
          .fma(keep, n.sub(keep.mul(n)))
          .intoMemorySegment(hNexts, hNext0 + i * hNextRow, ORDER);
      if (keepGates) {
        keep.intoMemorySegment(gs, g0 + i * gRow + block, ORDER);
        n.intoMemorySegment(gs, g0 + i * gRow + 2 * block, ORDER);
      }
    }
    if (!whole) {
      VectorCells.fromEdge(s, w, row, count, unit);
    }
  }

  /** The first stack of the reset before the product: r * h and z to the side of the scratch. */
  static void reset(CellStep s, Panels w, long z0, int row, int rows, int unit) {
    MemorySegment zs = SegmentMemory.of(w.scratch);
    long zRow = VectorCells.PANEL;
    long hRow = VectorCells.rowBytes(w);
    long at = (long) Float.BYTES * unit;
    int units = Math.min(RESET_UNITS, w.outputs - unit);
    long keep0 = z0 + (long) Float.BYTES * RESET_UNITS;
    Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, units);
    Activations.sigmoid(zs, keep0, zRow, zs, keep0, zRow, rows, units);
    VectorCells.keep(zs, z0, s, 0, row, rows, unit, units);
    VectorCells.keep(zs, keep0, s, 1, row, rows, unit, units);
    long side = VectorCells.side(w);
    Elements.copy(zs, keep0, zRow, zs, side + at, VectorCells.sideBytes(w), rows, units);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < units; j += LANES) {
        long from = z0 + i * zRow + (long) Float.BYTES * j;
        long h = VectorCells.h(w) + at + i * hRow + (long) Float.BYTES * j;
        FloatVector r = FloatVector.fromMemorySegment(S, zs, from, ORDER);
        FloatVector.fromMemorySegment(S, zs, h, ORDER).mul(r).intoMemorySegment(zs, from, ORDER);
      }
    }
    Elements.copy(zs, z0, zRow, zs, VectorCells.resetH(w) + at, hRow, rows, units);
    VectorCells.keep(zs, z0, s, 3, row, rows, unit, units);
  }

  /** Its second stack: n, and the new state, n + z (h - n), written (1 - z) n + z h. */
  static void candidate(CellStep s, Panels w, long z0, int row, int rows, int unit) {
    MemorySegment zs = SegmentMemory.of(w.scratch);
    long zRow = VectorCells.PANEL;
    long at = (long) Float.BYTES * unit;
    int units = Math.min(Tiles.COLUMNS, w.outputs - unit);
    Activations.tanh(zs, z0, zRow, zs, z0, zRow, rows, units);
    VectorCells.keep(zs, z0, s, 2, row, rows, unit, units);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < units; j += LANES) {
        long to = z0 + i * zRow + (long) Float.BYTES * j;
        long side =
            VectorCells.side(w) + at + i * VectorCells.sideBytes(w) + (long) Float.BYTES * j;
        long h = VectorCells.h(w) + at + i * VectorCells.rowBytes(w) + (long) Float.BYTES * j;
        FloatVector keep = FloatVector.fromMemorySegment(S, zs, side, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, zs, to, ORDER);
        FloatVector.fromMemorySegment(S, zs, h, ORDER)
            .fma(keep, n.sub(keep.mul(n)))
            .intoMemorySegment(zs, to, ORDER);
      }
    }
    VectorCells.next(zs, z0, s, row, rows, unit, units);
  }

  /** Of either unit; with the reset before the product r's gradient is still to come. */
  static void gradient(CellStep s, CellGradient d, boolean before) {
    MemorySegment gs = SegmentMemory.of(s.gates());
    MemorySegment hs = SegmentMemory.of(s.h());
    MemorySegment dhNexts = SegmentMemory.of(d.dhNext());
    MemorySegment dIhs = SegmentMemory.of(d.dIh());
    MemorySegment dHhs = SegmentMemory.of(d.dHh());
    MemorySegment dhs = d.dh() == null ? null : SegmentMemory.of(d.dh());
    int hidden = s.h().columns();
    long block = (long) Float.BYTES * hidden;
    for (int row = 0; row < s.h().rows(); row++) {
      for (int j = 0; j < hidden; j += LANES) {
        long at = (long) Float.BYTES * j;
        long from = SegmentMemory.at(s.gates(), row) + at;
        FloatVector keep = FloatVector.fromMemorySegment(S, gs, from + block, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, gs, from + 2 * block, ORDER);
        FloatVector h =
            FloatVector.fromMemorySegment(S, hs, SegmentMemory.at(s.h(), row) + at, ORDER);
        FloatVector dNext =
            FloatVector.fromMemorySegment(
                S, dhNexts, SegmentMemory.at(d.dhNext(), row) + at, ORDER);
        FloatVector dOld = dNext.mul(keep);
        FloatVector dNew = dNext.sub(dOld);
        FloatVector dn = dNew.sub(dNew.mul(n).mul(n));
        FloatVector dKeep = dNext.mul(h.sub(n)).mul(keep.sub(keep.mul(keep)));
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        long to = SegmentMemory.at(d.dIh(), row) + at;
        dKeep.intoMemorySegment(dIhs, to + block, ORDER, mask);
        dn.intoMemorySegment(dIhs, to + 2 * block, ORDER, mask);
        if (before) {
          FloatVector.zero(S).intoMemorySegment(dIhs, to, ORDER, mask);
        } else {
          FloatVector r = FloatVector.fromMemorySegment(S, gs, from, ORDER);
          FloatVector product = FloatVector.fromMemorySegment(S, gs, from + 3 * block, ORDER);
          FloatVector dr = dn.mul(product).mul(r.sub(r.mul(r)));
          dr.intoMemorySegment(dIhs, to, ORDER, mask);
          long other = SegmentMemory.at(d.dHh(), row) + at;
          dr.intoMemorySegment(dHhs, other, ORDER, mask);
          dKeep.intoMemorySegment(dHhs, other + block, ORDER, mask);
          dn.mul(r).intoMemorySegment(dHhs, other + 2 * block, ORDER, mask);
        }
        if (dhs != null) {
          long dhAt = SegmentMemory.at(d.dh(), row) + at;
          FloatVector.fromMemorySegment(S, dhs, dhAt, ORDER)
              .add(dOld)
              .intoMemorySegment(dhs, dhAt, ORDER, mask);
        }
      }
    }
  }

  /** From the gradient of r * h, which stands in r's place, to those of r's sum and of h. */
  static void resetGradient(CellStep s, CellGradient d) {
    MemorySegment gs = SegmentMemory.of(s.gates());
    MemorySegment hs = SegmentMemory.of(s.h());
    MemorySegment dIhs = SegmentMemory.of(d.dIh());
    MemorySegment dhs = d.dh() == null ? null : SegmentMemory.of(d.dh());
    int hidden = s.h().columns();
    for (int row = 0; row < s.h().rows(); row++) {
      for (int j = 0; j < hidden; j += LANES) {
        long at = (long) Float.BYTES * j;
        long to = SegmentMemory.at(d.dIh(), row) + at;
        FloatVector r =
            FloatVector.fromMemorySegment(S, gs, SegmentMemory.at(s.gates(), row) + at, ORDER);
        FloatVector h =
            FloatVector.fromMemorySegment(S, hs, SegmentMemory.at(s.h(), row) + at, ORDER);
        FloatVector product = FloatVector.fromMemorySegment(S, dIhs, to, ORDER);
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        product.mul(h).mul(r.sub(r.mul(r))).intoMemorySegment(dIhs, to, ORDER, mask);
        if (dhs != null) {
          long dhAt = SegmentMemory.at(d.dh(), row) + at;
          product
              .fma(r, FloatVector.fromMemorySegment(S, dhs, dhAt, ORDER))
              .intoMemorySegment(dhs, dhAt, ORDER, mask);
        }
      }
    }
  }
}
