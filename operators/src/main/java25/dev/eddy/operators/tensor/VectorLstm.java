package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The element-wise part of the LSTM; {@link Cell} has the equations. */
final class VectorLstm {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();
  private static final int BYTES = S.vectorByteSize();

  private VectorLstm() {}

  /** From the sums of one vector of units, for rows from {@code row} on, to its new states. */
  static void finish(Tensor z, long z0, CellStep s, int row, int rows, int unit) {
    Tensor c = s.c();
    Tensor hNext = s.hNext();
    Tensor cNext = s.cNext();
    MemorySegment zs = SegmentMemory.of(z);
    long zRow = SegmentMemory.step(z);
    Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, 2 * LANES);
    Activations.tanh(zs, z0 + 2 * BYTES, zRow, zs, z0 + 2 * BYTES, zRow, rows, LANES);
    Activations.sigmoid(zs, z0 + 3 * BYTES, zRow, zs, z0 + 3 * BYTES, zRow, rows, LANES);
    long at = (long) Float.BYTES * unit;
    int hidden = c.columns();
    int units = Math.min(LANES, hidden - unit);
    for (int gate = 0; gate < 4; gate++) {
      VectorCells.keep(z, z0 + gate * BYTES, s, gate, row, rows, unit, units);
    }
    MemorySegment cs = SegmentMemory.of(c);
    for (int i = 0; i < rows; i++) {
      long from = z0 + i * zRow;
      FloatVector in = FloatVector.fromMemorySegment(S, zs, from, ORDER);
      FloatVector forget = FloatVector.fromMemorySegment(S, zs, from + BYTES, ORDER);
      FloatVector g = FloatVector.fromMemorySegment(S, zs, from + 2 * BYTES, ORDER);
      FloatVector.fromMemorySegment(S, cs, SegmentMemory.at(c, row + i) + at, ORDER)
          .fma(forget, in.mul(g))
          .intoMemorySegment(zs, from, ORDER);
    }
    Elements.copy(z, z0, cNext, SegmentMemory.at(cNext, row) + at, rows, units);
    Activations.tanh(zs, z0, zRow, zs, z0, zRow, rows, LANES);
    for (int i = 0; i < rows; i++) {
      long from = z0 + i * zRow;
      FloatVector out = FloatVector.fromMemorySegment(S, zs, from + 3 * BYTES, ORDER);
      FloatVector.fromMemorySegment(S, zs, from, ORDER).mul(out).intoMemorySegment(zs, from, ORDER);
    }
    Elements.copy(z, z0, hNext, SegmentMemory.at(hNext, row) + at, rows, units);
  }

  static void gradient(CellStep s, CellGradient d) {
    Tensor gates = s.gates();
    Tensor c = s.c();
    Tensor cNext = s.cNext();
    Tensor dhNext = d.dhNext();
    Tensor dc = d.dc();
    Tensor dGates = d.dIh();
    MemorySegment gs = SegmentMemory.of(gates);
    MemorySegment cs = SegmentMemory.of(c);
    MemorySegment cNexts = SegmentMemory.of(cNext);
    MemorySegment dhs = SegmentMemory.of(dhNext);
    MemorySegment dcs = SegmentMemory.of(dc);
    MemorySegment ds = SegmentMemory.of(dGates);
    int hidden = c.columns();
    long gate = (long) Float.BYTES * hidden;
    // tanh(cNext) waits where the output gate's gradient will stand
    Activations.tanh(
        cNexts,
        SegmentMemory.at(cNext, 0),
        SegmentMemory.step(cNext),
        ds,
        SegmentMemory.at(dGates, 0) + 3 * gate,
        SegmentMemory.step(dGates),
        c.rows(),
        hidden);
    for (int r = 0; r < c.rows(); r++) {
      for (int j = 0; j < hidden; j += LANES) {
        long at = (long) Float.BYTES * j;
        long from = SegmentMemory.at(gates, r) + at;
        FloatVector in = FloatVector.fromMemorySegment(S, gs, from, ORDER);
        FloatVector forget = FloatVector.fromMemorySegment(S, gs, from + gate, ORDER);
        FloatVector g = FloatVector.fromMemorySegment(S, gs, from + 2 * gate, ORDER);
        FloatVector out = FloatVector.fromMemorySegment(S, gs, from + 3 * gate, ORDER);
        FloatVector old = FloatVector.fromMemorySegment(S, cs, SegmentMemory.at(c, r) + at, ORDER);
        FloatVector dh =
            FloatVector.fromMemorySegment(S, dhs, SegmentMemory.at(dhNext, r) + at, ORDER);
        long to = SegmentMemory.at(dGates, r) + at;
        FloatVector tanh = FloatVector.fromMemorySegment(S, ds, to + 3 * gate, ORDER);
        long dcAt = SegmentMemory.at(dc, r) + at;
        FloatVector dOut = dh.mul(out);
        FloatVector dCell =
            FloatVector.fromMemorySegment(S, dcs, dcAt, ORDER)
                .add(dOut.sub(dOut.mul(tanh).mul(tanh)));
        FloatVector dIn = dCell.mul(g).mul(in.sub(in.mul(in)));
        FloatVector dForget = dCell.mul(old).mul(forget.sub(forget.mul(forget)));
        FloatVector dG = dCell.mul(in);
        dG = dG.sub(dG.mul(g).mul(g));
        dOut = dh.mul(tanh).mul(out.sub(out.mul(out)));
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        dIn.intoMemorySegment(ds, to, ORDER, mask);
        dForget.intoMemorySegment(ds, to + gate, ORDER, mask);
        dG.intoMemorySegment(ds, to + 2 * gate, ORDER, mask);
        dOut.intoMemorySegment(ds, to + 3 * gate, ORDER, mask);
        dCell.mul(forget).intoMemorySegment(dcs, dcAt, ORDER, mask);
      }
    }
  }
}
