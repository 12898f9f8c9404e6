package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The element-wise part of the vanilla RNNs, and of the minimal gated unit, which is one gated. */
final class VectorRnn {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();

  /** Units of a panel of the minimal gated unit, and bytes from its g to its n. */
  private static final int MGU_UNITS = Tiles.COLUMNS / 2;

  private static final long MGU_BYTES = (long) Float.BYTES * MGU_UNITS;

  private VectorRnn() {}

  static void finish(CellStep s, Panels w, long z0, int row, int rows, int unit) {
    MemorySegment zs = SegmentMemory.of(w.scratch);
    long zRow = VectorCells.PANEL;
    int units = Math.min(Tiles.COLUMNS, w.outputs - unit);
    switch (w.cell) {
      case RNN_TANH -> Activations.tanh(zs, z0, zRow, zs, z0, zRow, rows, units);
      case RNN_SIGMOID -> Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, units);
      default -> {
        for (int i = 0; i < rows; i++) {
          for (int j = 0; j < units; j += LANES) {
            long at = z0 + i * zRow + (long) Float.BYTES * j;
            FloatVector x = FloatVector.fromMemorySegment(S, zs, at, ORDER);
            FloatVector.zero(S)
                .blend(x, x.compare(VectorOperators.GT, 0f))
                .intoMemorySegment(zs, at, ORDER);
          }
        }
      }
    }
    VectorCells.keep(zs, z0, s, 0, row, rows, unit, units);
    VectorCells.next(zs, z0, s, row, rows, unit, units);
  }

  static void mgu(CellStep s, Panels w, long z0, int row, int rows, int unit) {
    MemorySegment zs = SegmentMemory.of(w.scratch);
    long zRow = VectorCells.PANEL;
    int units = Math.min(MGU_UNITS, w.outputs - unit);
    long n0 = z0 + MGU_BYTES;
    Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, units);
    Activations.tanh(zs, n0, zRow, zs, n0, zRow, rows, units);
    VectorCells.keep(zs, z0, s, 0, row, rows, unit, units);
    VectorCells.keep(zs, n0, s, 1, row, rows, unit, units);
    long h0 = VectorCells.h(w) + (long) Float.BYTES * unit;
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < units; j += LANES) {
        long at = (long) Float.BYTES * j;
        long from = z0 + i * zRow + at;
        FloatVector gate = FloatVector.fromMemorySegment(S, zs, from, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, zs, from + MGU_BYTES, ORDER);
        FloatVector h =
            FloatVector.fromMemorySegment(S, zs, h0 + i * VectorCells.rowBytes(w) + at, ORDER);
        FloatVector.broadcast(S, 1f)
            .sub(gate)
            .fma(h, gate.mul(n))
            .intoMemorySegment(zs, from, ORDER);
      }
    }
    VectorCells.next(zs, z0, s, row, rows, unit, units);
  }

  static void mguGradient(CellStep s, CellGradient d) {
    MemorySegment gs = SegmentMemory.of(s.gates());
    MemorySegment hs = SegmentMemory.of(s.h());
    MemorySegment dhNexts = SegmentMemory.of(d.dhNext());
    MemorySegment ds = SegmentMemory.of(d.dIh());
    MemorySegment dhs = d.dh() == null ? null : SegmentMemory.of(d.dh());
    int hidden = s.h().columns();
    long block = (long) Float.BYTES * hidden;
    for (int r = 0; r < s.h().rows(); r++) {
      for (int j = 0; j < hidden; j += LANES) {
        long at = (long) Float.BYTES * j;
        long from = SegmentMemory.at(s.gates(), r) + at;
        FloatVector gate = FloatVector.fromMemorySegment(S, gs, from, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, gs, from + block, ORDER);
        FloatVector h =
            FloatVector.fromMemorySegment(S, hs, SegmentMemory.at(s.h(), r) + at, ORDER);
        FloatVector dNext =
            FloatVector.fromMemorySegment(S, dhNexts, SegmentMemory.at(d.dhNext(), r) + at, ORDER);
        FloatVector dNew = dNext.mul(gate);
        FloatVector dn = dNew.sub(dNew.mul(n).mul(n));
        FloatVector dGate = dNext.mul(n.sub(h)).mul(gate.sub(gate.mul(gate)));
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        long to = SegmentMemory.at(d.dIh(), r) + at;
        dGate.intoMemorySegment(ds, to, ORDER, mask);
        dn.intoMemorySegment(ds, to + block, ORDER, mask);
        if (dhs != null) {
          long dhAt = SegmentMemory.at(d.dh(), r) + at;
          FloatVector.fromMemorySegment(S, dhs, dhAt, ORDER)
              .add(dNext.sub(dNew))
              .intoMemorySegment(dhs, dhAt, ORDER, mask);
        }
      }
    }
  }
}
