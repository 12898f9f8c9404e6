package dev.eddy.operators.tensor;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The LSTM step of the vector kernel; the equations are in {@link ScalarLstm}.
 *
 * <p>Its panels hold, for each vector of units, the rows {@code [i f g o]} of four vectors: the
 * bias, then one row per input, then one per hidden unit. So one tile of the product yields all
 * four gates of its units, and the rest of the step happens while they are in the first-level
 * cache. Rows go in blocks whose sums fit the scratch {@code [BLOCK, 4 vectors + H]}; its right
 * part keeps h where hNext overwrites it.
 */
final class VectorLstm {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();
  private static final int BYTES = S.vectorByteSize();
  private static final long PANEL_BYTES = 4L * BYTES;
  private static final int BLOCK = 64;

  private VectorLstm() {}

  static Panels panels(Scope scope, int inputs, int hidden) {
    int vectors = (hidden + LANES - 1) / LANES;
    Tensor weights = scope.allocate(vectors * (1 + inputs + hidden), Tiles.COLUMNS);
    Tensor scratch = scope.allocate(BLOCK, Tiles.COLUMNS + vectors * LANES);
    return new Panels(inputs, hidden, true, weights, scratch);
  }

  static void pack(Tensor weightIh, Tensor weightHh, Tensor biasIh, Tensor biasHh, Panels panels) {
    int hidden = panels.outputs;
    for (int o = 0; o < 4 * hidden; o++) {
      int unit = o % hidden;
      int row = unit / LANES * (1 + panels.inputs + hidden);
      int column = o / hidden * LANES + unit % LANES;
      float bias = Products.get(biasIh, 0, o) + Products.get(biasHh, 0, o);
      Products.set(panels.weights, row, column, bias);
      Products.packRow(weightIh, o, panels.weights, row + 1, column);
      Products.packRow(weightHh, o, panels.weights, row + 1 + panels.inputs, column);
    }
  }

  static void step(
      Tensor x, Tensor h, Tensor c, Panels w, Tensor gates, Tensor hNext, Tensor cNext) {
    Tensor z = w.scratch;
    int hidden = w.outputs;
    long z0 = SegmentMemory.at(z, 0);
    long zRow = SegmentMemory.step(z);
    long weightStep = (1 + w.inputs + hidden) * PANEL_BYTES;
    boolean inPlace = hNext.same(h);
    for (int r = 0; r < x.rows(); r += BLOCK) {
      int rows = Math.min(BLOCK, x.rows() - r);
      Tensor hs = h;
      long h0 = SegmentMemory.at(h, r);
      if (inPlace) {
        long kept = z0 + PANEL_BYTES;
        Elements.copy(h, h0, z, kept, rows, hidden);
        hs = z;
        h0 = kept;
      }
      long x0 = SegmentMemory.at(x, r);
      long xRow = SegmentMemory.step(x);
      long hRow = SegmentMemory.step(hs);
      long weight = SegmentMemory.at(w.weights, 0);
      int unit = 0;
      if (rows == 1) {
        for (; unit + LANES < hidden; unit += 2 * LANES) {
          Products.begin(w.weights, weight, z, z0, 1, Tiles.COLUMNS);
          Products.begin(w.weights, weight + weightStep, z, z0 + zRow, 1, Tiles.COLUMNS);
          long b0 = weight + PANEL_BYTES;
          Tiles.rows1Twice(x, x0, Float.BYTES, w.inputs, w.weights, b0, weightStep, z, z0, zRow);
          b0 += w.inputs * PANEL_BYTES;
          Tiles.rows1Twice(hs, h0, Float.BYTES, hidden, w.weights, b0, weightStep, z, z0, zRow);
          finish(z, z0, c, gates, hNext, cNext, r, 1, unit);
          finish(z, z0 + zRow, c, gates, hNext, cNext, r, 1, unit + LANES);
          weight += 2 * weightStep;
        }
      }
      for (; unit < hidden; unit += LANES) {
        Products.begin(w.weights, weight, z, z0, rows, Tiles.COLUMNS);
        long b0 = weight + PANEL_BYTES;
        Products.panel(
            x, x0, xRow, Float.BYTES, w.inputs, w.weights, b0, z, z0, rows, Tiles.COLUMNS);
        b0 += w.inputs * PANEL_BYTES;
        Products.panel(
            hs, h0, hRow, Float.BYTES, hidden, w.weights, b0, z, z0, rows, Tiles.COLUMNS);
        finish(z, z0, c, gates, hNext, cNext, r, rows, unit);
        weight += weightStep;
      }
    }
  }

  /** From the sums of one vector of units, for rows from {@code row} on, to its new states. */
  private static void finish(
      Tensor z,
      long z0,
      Tensor c,
      Tensor gates,
      Tensor hNext,
      Tensor cNext,
      int row,
      int rows,
      int unit) {
    MemorySegment zs = SegmentMemory.of(z);
    long zRow = SegmentMemory.step(z);
    Activations.sigmoid(zs, z0, zRow, zs, z0, zRow, rows, 2 * LANES);
    Activations.tanh(zs, z0 + 2 * BYTES, zRow, zs, z0 + 2 * BYTES, zRow, rows, LANES);
    Activations.sigmoid(zs, z0 + 3 * BYTES, zRow, zs, z0 + 3 * BYTES, zRow, rows, LANES);
    long at = (long) Float.BYTES * unit;
    int hidden = c.columns();
    int units = Math.min(LANES, hidden - unit);
    if (gates != null) {
      long gate = SegmentMemory.at(gates, row) + at;
      for (int g = 0; g < 4; g++) {
        Elements.copy(z, z0 + g * BYTES, gates, gate, rows, units);
        gate += (long) Float.BYTES * hidden;
      }
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

  static void gradient(
      Tensor gates, Tensor c, Tensor cNext, Tensor dhNext, Tensor dc, Tensor dGates) {
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
