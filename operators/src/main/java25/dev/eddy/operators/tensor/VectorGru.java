package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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

  /** The reset after the product: a panel has r, z, and the two sums of n apart. */
  static void finish(
      Tensor z, long z0, Tensor hs, long h0, CellStep s, int row, int rows, int unit) {
    MemorySegment zs = SegmentMemory.of(z);
    long zRow = SegmentMemory.step(z);
    int units = Math.min(LANES, s.h().columns() - unit);
    long n0 = z0 + 2 * BYTES;
    Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, 2 * LANES);
    for (int i = 0; i < rows; i++) {
      long from = z0 + i * zRow;
      FloatVector r = FloatVector.fromMemorySegment(S, zs, from, ORDER);
      FloatVector n = FloatVector.fromMemorySegment(S, zs, from + 2 * BYTES, ORDER);
      FloatVector.fromMemorySegment(S, zs, from + 3 * BYTES, ORDER)
          .fma(r, n)
          .intoMemorySegment(zs, from + 2 * BYTES, ORDER);
    }
    Activations.tanh(zs, n0, zRow, zs, n0, zRow, rows, LANES);
    for (int gate = 0; gate < 4; gate++) {
      VectorCells.keep(z, z0 + gate * BYTES, s, gate, row, rows, unit, units);
    }
    mix(z, z0 + BYTES, n0, hs, h0, rows, units);
    long to = SegmentMemory.at(s.hNext(), row) + (long) Float.BYTES * unit;
    Elements.copy(z, n0, s.hNext(), to, rows, units);
  }

  /** The first stack of the reset before the product: r * h and z to the side of the scratch. */
  static void reset(
      Tensor z,
      long z0,
      Tensor hs,
      long h0,
      long product,
      long keep,
      CellStep s,
      int row,
      int rows,
      int unit) {
    MemorySegment zs = SegmentMemory.of(z);
    MemorySegment hSegment = SegmentMemory.of(hs);
    long zRow = SegmentMemory.step(z);
    long hRow = SegmentMemory.step(hs);
    int units = Math.min(RESET_UNITS, s.h().columns() - unit);
    long keep0 = z0 + (long) Float.BYTES * RESET_UNITS;
    Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, units);
    Activations.sigmoid(zs, keep0, zRow, zs, keep0, zRow, rows, units);
    VectorCells.keep(z, z0, s, 0, row, rows, unit, units);
    VectorCells.keep(z, keep0, s, 1, row, rows, unit, units);
    Elements.copy(z, keep0, z, keep, rows, units);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < units; j += LANES) {
        long at = (long) Float.BYTES * j;
        FloatVector r = FloatVector.fromMemorySegment(S, zs, z0 + i * zRow + at, ORDER);
        FloatVector.fromMemorySegment(S, hSegment, h0 + i * hRow + at, ORDER)
            .mul(r)
            .intoMemorySegment(zs, z0 + i * zRow + at, ORDER);
      }
    }
    Elements.copy(z, z0, z, product, rows, units);
    VectorCells.keep(z, z0, s, 3, row, rows, unit, units);
  }

  /** Its second stack: n, and the new state. */
  static void candidate(
      Tensor z, long z0, Tensor hs, long h0, long keep, CellStep s, int row, int rows, int unit) {
    MemorySegment zs = SegmentMemory.of(z);
    long zRow = SegmentMemory.step(z);
    int units = Math.min(Tiles.COLUMNS, s.h().columns() - unit);
    Activations.tanh(zs, z0, zRow, zs, z0, zRow, rows, units);
    VectorCells.keep(z, z0, s, 2, row, rows, unit, units);
    mix(z, keep, z0, hs, h0, rows, units);
    long to = SegmentMemory.at(s.hNext(), row) + (long) Float.BYTES * unit;
    Elements.copy(z, z0, s.hNext(), to, rows, units);
  }

  /** n = n + z (h - n), written (1 - z) n + z h; n and z are in the scratch. */
  private static void mix(Tensor z, long keep0, long n0, Tensor hs, long h0, int rows, int units) {
    MemorySegment zs = SegmentMemory.of(z);
    MemorySegment hSegment = SegmentMemory.of(hs);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < units; j += LANES) {
        long at = i * SegmentMemory.step(z) + (long) Float.BYTES * j;
        long hAt = h0 + i * SegmentMemory.step(hs) + (long) Float.BYTES * j;
        FloatVector keep = FloatVector.fromMemorySegment(S, zs, keep0 + at, ORDER);
        FloatVector n = FloatVector.fromMemorySegment(S, zs, n0 + at, ORDER);
        FloatVector.fromMemorySegment(S, hSegment, hAt, ORDER)
            .fma(keep, n.sub(keep.mul(n)))
            .intoMemorySegment(zs, n0 + at, ORDER);
      }
    }
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
