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
        MemorySegment all = SegmentMemory.ALL;
        long x0 = SegmentMemory.place(zs, z0, rows, zRow, units);
        for (int i = 0; i < rows; i++) {
          long row0 = SegmentMemory.address(x0 + i * zRow);
          for (int j = 0; j < units; j += LANES) {
            long at = row0 + SegmentMemory.bytes(j);
            FloatVector x = FloatVector.fromMemorySegment(S, all, at, ORDER);
            FloatVector.zero(S)
                .blend(x, x.compare(VectorOperators.GT, 0f))
                .intoMemorySegment(all, at, ORDER);
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
    MemorySegment all = SegmentMemory.ALL;
    long hRow = VectorCells.rowBytes(w);
    long from = VectorCells.h(w) + (long) Float.BYTES * unit;
    long h0 = SegmentMemory.place(zs, from, rows, hRow, units);
    long gate0 = SegmentMemory.place(zs, z0, rows, zRow, MGU_UNITS + units);
    for (int i = 0; i < rows; i++) {
      long gateAt = SegmentMemory.address(gate0 + i * zRow);
      long hAt = SegmentMemory.address(h0 + i * hRow);
      for (int j = 0; j < units; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector gate = FloatVector.fromMemorySegment(S, all, gateAt + at, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, all, gateAt + MGU_BYTES + at, ORDER);
        FloatVector h = FloatVector.fromMemorySegment(S, all, hAt + at, ORDER);
        FloatVector.broadcast(S, 1f)
            .sub(gate)
            .fma(h, gate.mul(n))
            .intoMemorySegment(all, gateAt + at, ORDER);
      }
    }
    VectorCells.next(zs, z0, s, row, rows, unit, units);
  }

  static void mguGradient(CellStep s, CellGradient d) {
    MemorySegment all = SegmentMemory.ALL;
    long gatesAt = SegmentMemory.place(s.gates());
    long hAt = SegmentMemory.place(s.h());
    long dhNextAt = SegmentMemory.place(d.dhNext());
    long dIhAt = SegmentMemory.place(d.dIh());
    boolean on = d.dh() != null;
    long dhAt = on ? SegmentMemory.place(d.dh()) : 0;
    int hidden = s.h().columns();
    long block = (long) Float.BYTES * hidden;
    for (int r = 0; r < s.h().rows(); r++) {
      long gate0 = SegmentMemory.address(gatesAt + r * SegmentMemory.step(s.gates()));
      long n0 = SegmentMemory.address(gate0 + block);
      long h0 = SegmentMemory.address(hAt + r * SegmentMemory.step(s.h()));
      long dNext0 = SegmentMemory.address(dhNextAt + r * SegmentMemory.step(d.dhNext()));
      long dGate0 = SegmentMemory.address(dIhAt + r * SegmentMemory.step(d.dIh()));
      long dn0 = SegmentMemory.address(dGate0 + block);
      long dh0 = on ? SegmentMemory.address(dhAt + r * SegmentMemory.step(d.dh())) : 0;
      for (int j = 0; j < hidden; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector gate = FloatVector.fromMemorySegment(S, all, gate0 + at, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, all, n0 + at, ORDER);
        FloatVector h = FloatVector.fromMemorySegment(S, all, h0 + at, ORDER);
        FloatVector dNext = FloatVector.fromMemorySegment(S, all, dNext0 + at, ORDER);
        FloatVector dNew = dNext.mul(gate);
        FloatVector dn = dNew.sub(dNew.mul(n).mul(n));
        FloatVector dGate = dNext.mul(n.sub(h)).mul(gate.sub(gate.mul(gate)));
        VectorMask<Float> mask = S.indexInRange(j, hidden);
        dGate.intoMemorySegment(all, dGate0 + at, ORDER, mask);
        dn.intoMemorySegment(all, dn0 + at, ORDER, mask);
        if (on) {
          FloatVector.fromMemorySegment(S, all, dh0 + at, ORDER)
              .add(dNext.sub(dNew))
              .intoMemorySegment(all, dh0 + at, ORDER, mask);
        }
      }
    }
  }
}
