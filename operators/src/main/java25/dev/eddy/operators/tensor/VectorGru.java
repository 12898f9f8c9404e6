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
   * @param resetSums where the sums of r begin, in rows of a panel, or across in whole vectors
   * @param keepSums those of z
   * @param newSums those of n's input
   * @param productSums those of n's recurrent product
   */
  static void finish(
      CellStep s,
      Panels w,
      long resetSums,
      long keepSums,
      long newSums,
      long productSums,
      int row,
      int unit,
      int count,
      boolean across) {
    boolean keepGates = s.gates() != null;
    boolean whole = unit + LANES <= w.outputs;
    CellStep to = whole ? s : w.edge;
    int first = whole ? row : 0;
    long at = (long) Float.BYTES * (whole ? unit : 0);
    MemorySegment all = SegmentMemory.ALL;
    MemorySegment zs = SegmentMemory.of(w.scratch);
    long zRow = across ? BYTES : VectorCells.PANEL;
    long hRow = across ? BYTES : VectorCells.rowBytes(w);
    long hNextRow = across ? BYTES : SegmentMemory.step(to.hNext());
    long gRow = across || !keepGates ? BYTES : SegmentMemory.step(to.gates());
    long block = (long) Float.BYTES * to.hNext().columns();
    long from = VectorCells.h(w) + (long) Float.BYTES * unit;
    long h0 = SegmentMemory.place(zs, from, count, hRow, LANES);
    long reset0 = SegmentMemory.place(zs, resetSums, count, zRow, LANES);
    long keep0 = SegmentMemory.place(zs, keepSums, count, zRow, LANES);
    long new0 = SegmentMemory.place(zs, newSums, count, zRow, LANES);
    long product0 = SegmentMemory.place(zs, productSums, count, zRow, LANES);
    long hNext0 = VectorCells.place(to.hNext(), first, at, count, hNextRow);
    long g0 = keepGates ? VectorCells.place(to.gates(), first, at, count, gRow, 4, block) : 0;
    for (int i = 0; i < count; i++) {
      long resetAt = SegmentMemory.address(reset0 + i * zRow);
      long newAt = SegmentMemory.address(new0 + i * zRow);
      long productAt = SegmentMemory.address(product0 + i * zRow);
      FloatVector r = FloatVector.fromMemorySegment(S, all, resetAt, ORDER);
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
      FloatVector sum = FloatVector.fromMemorySegment(S, all, newAt, ORDER);
      FloatVector product = FloatVector.fromMemorySegment(S, all, productAt, ORDER);
      product.fma(r, sum).intoMemorySegment(all, newAt, ORDER);
      if (keepGates) {
        long rAt = SegmentMemory.address(g0 + i * gRow);
        long lastAt = SegmentMemory.address(rAt + 3 * block);
        r.intoMemorySegment(all, rAt, ORDER);
        product.intoMemorySegment(all, lastAt, ORDER);
      }
    }
    for (int i = 0; i < count; i++) {
      long keepAt = SegmentMemory.address(keep0 + i * zRow);
      long newAt = SegmentMemory.address(new0 + i * zRow);
      long hAt = SegmentMemory.address(h0 + i * hRow);
      long nextAt = SegmentMemory.address(hNext0 + i * hNextRow);
      FloatVector keep = FloatVector.fromMemorySegment(S, all, keepAt, ORDER);
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
      FloatVector n = FloatVector.fromMemorySegment(S, all, newAt, ORDER);
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
      FloatVector.fromMemorySegment(S, all, hAt, ORDER)
          .fma(keep, n.sub(keep.mul(n)))
          .intoMemorySegment(all, nextAt, ORDER);
      if (keepGates) {
        long zAt = SegmentMemory.address(g0 + i * gRow + block);
        long nAt = SegmentMemory.address(zAt + block);
        keep.intoMemorySegment(all, zAt, ORDER);
        n.intoMemorySegment(all, nAt, ORDER);
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
    MemorySegment all = SegmentMemory.ALL;
    long r0 = SegmentMemory.place(zs, z0, rows, zRow, units);
    long h0 = SegmentMemory.place(zs, VectorCells.h(w) + at, rows, hRow, units);
    for (int i = 0; i < rows; i++) {
      long rAt = SegmentMemory.address(r0 + i * zRow);
      long hAt = SegmentMemory.address(h0 + i * hRow);
      for (int j = 0; j < units; j += LANES) {
        long next = SegmentMemory.bytes(j);
        FloatVector r = FloatVector.fromMemorySegment(S, all, rAt + next, ORDER);
        FloatVector.fromMemorySegment(S, all, hAt + next, ORDER)
            .mul(r)
            .intoMemorySegment(all, rAt + next, ORDER);
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
    MemorySegment all = SegmentMemory.ALL;
    long sideRow = VectorCells.sideBytes(w);
    long hRow = VectorCells.rowBytes(w);
    long n0 = SegmentMemory.place(zs, z0, rows, zRow, units);
    long side0 = SegmentMemory.place(zs, VectorCells.side(w) + at, rows, sideRow, units);
    long h0 = SegmentMemory.place(zs, VectorCells.h(w) + at, rows, hRow, units);
    for (int i = 0; i < rows; i++) {
      long nAt = SegmentMemory.address(n0 + i * zRow);
      long sideAt = SegmentMemory.address(side0 + i * sideRow);
      long hAt = SegmentMemory.address(h0 + i * hRow);
      for (int j = 0; j < units; j += LANES) {
        long next = SegmentMemory.bytes(j);
        FloatVector keep = FloatVector.fromMemorySegment(S, all, sideAt + next, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, all, nAt + next, ORDER);
        FloatVector.fromMemorySegment(S, all, hAt + next, ORDER)
            .fma(keep, n.sub(keep.mul(n)))
            .intoMemorySegment(all, nAt + next, ORDER);
      }
    }
    VectorCells.next(zs, z0, s, row, rows, unit, units);
  }

  /** Of either unit; with the reset before the product r's gradient is still to come. */
  static void gradient(CellStep s, CellGradient d, boolean before) {
    MemorySegment all = SegmentMemory.ALL;
    long gatesAt = SegmentMemory.place(s.gates());
    long hAt = SegmentMemory.place(s.h());
    long dhNextAt = SegmentMemory.place(d.dhNext());
    long dIhAt = SegmentMemory.place(d.dIh());
    long dHhAt = SegmentMemory.place(d.dHh());
    boolean on = d.dh() != null;
    long dhAt = on ? SegmentMemory.place(d.dh()) : 0;
    int hidden = s.h().columns();
    long block = (long) Float.BYTES * hidden;
    for (int row = 0; row < s.h().rows(); row++) {
      long r0 = SegmentMemory.address(gatesAt + row * SegmentMemory.step(s.gates()));
      long keep0 = SegmentMemory.address(r0 + block);
      long n0 = SegmentMemory.address(keep0 + block);
      long product0 = SegmentMemory.address(n0 + block);
      long h0 = SegmentMemory.address(hAt + row * SegmentMemory.step(s.h()));
      long dNext0 = SegmentMemory.address(dhNextAt + row * SegmentMemory.step(d.dhNext()));
      long dIh0 = SegmentMemory.address(dIhAt + row * SegmentMemory.step(d.dIh()));
      long dIhKeep0 = SegmentMemory.address(dIh0 + block);
      long dIhNew0 = SegmentMemory.address(dIhKeep0 + block);
      long dHh0 = SegmentMemory.address(dHhAt + row * SegmentMemory.step(d.dHh()));
      long dHhKeep0 = SegmentMemory.address(dHh0 + block);
      long dHhNew0 = SegmentMemory.address(dHhKeep0 + block);
      long dh0 = on ? SegmentMemory.address(dhAt + row * SegmentMemory.step(d.dh())) : 0;
      for (int j = 0; j < hidden; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector keep = FloatVector.fromMemorySegment(S, all, keep0 + at, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, all, n0 + at, ORDER);
        FloatVector h = FloatVector.fromMemorySegment(S, all, h0 + at, ORDER);
        FloatVector dNext = FloatVector.fromMemorySegment(S, all, dNext0 + at, ORDER);
        FloatVector dOld = dNext.mul(keep);
        FloatVector dNew = dNext.sub(dOld);
        FloatVector dn = dNew.sub(dNew.mul(n).mul(n));
        FloatVector dKeep = dNext.mul(h.sub(n)).mul(keep.sub(keep.mul(keep)));
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        dKeep.intoMemorySegment(all, dIhKeep0 + at, ORDER, mask);
        dn.intoMemorySegment(all, dIhNew0 + at, ORDER, mask);
        if (before) {
          FloatVector.zero(S).intoMemorySegment(all, dIh0 + at, ORDER, mask);
        } else {
          FloatVector r = FloatVector.fromMemorySegment(S, all, r0 + at, ORDER);
          FloatVector product = FloatVector.fromMemorySegment(S, all, product0 + at, ORDER);
          FloatVector dr = dn.mul(product).mul(r.sub(r.mul(r)));
          dr.intoMemorySegment(all, dIh0 + at, ORDER, mask);
          dr.intoMemorySegment(all, dHh0 + at, ORDER, mask);
          dKeep.intoMemorySegment(all, dHhKeep0 + at, ORDER, mask);
          dn.mul(r).intoMemorySegment(all, dHhNew0 + at, ORDER, mask);
        }
        if (on) {
          FloatVector.fromMemorySegment(S, all, dh0 + at, ORDER)
              .add(dOld)
              .intoMemorySegment(all, dh0 + at, ORDER, mask);
        }
      }
    }
  }

  /** From the gradient of r * h, which stands in r's place, to those of r's sum and of h. */
  static void resetGradient(CellStep s, CellGradient d) {
    MemorySegment all = SegmentMemory.ALL;
    long gatesAt = SegmentMemory.place(s.gates());
    long hAt = SegmentMemory.place(s.h());
    long dIhAt = SegmentMemory.place(d.dIh());
    boolean on = d.dh() != null;
    long dhAt = on ? SegmentMemory.place(d.dh()) : 0;
    int hidden = s.h().columns();
    for (int row = 0; row < s.h().rows(); row++) {
      long r0 = SegmentMemory.address(gatesAt + row * SegmentMemory.step(s.gates()));
      long h0 = SegmentMemory.address(hAt + row * SegmentMemory.step(s.h()));
      long dIh0 = SegmentMemory.address(dIhAt + row * SegmentMemory.step(d.dIh()));
      long dh0 = on ? SegmentMemory.address(dhAt + row * SegmentMemory.step(d.dh())) : 0;
      for (int j = 0; j < hidden; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector r = FloatVector.fromMemorySegment(S, all, r0 + at, ORDER);
        FloatVector h = FloatVector.fromMemorySegment(S, all, h0 + at, ORDER);
        FloatVector product = FloatVector.fromMemorySegment(S, all, dIh0 + at, ORDER);
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        product.mul(h).mul(r.sub(r.mul(r))).intoMemorySegment(all, dIh0 + at, ORDER, mask);
        if (on) {
          product
              .fma(r, FloatVector.fromMemorySegment(S, all, dh0 + at, ORDER))
              .intoMemorySegment(all, dh0 + at, ORDER, mask);
        }
      }
    }
  }
}
