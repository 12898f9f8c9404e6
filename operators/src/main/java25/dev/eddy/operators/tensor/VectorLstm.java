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

/** The element-wise part of the LSTM; {@link Cell} has the equations. */
final class VectorLstm {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int LANES = S.length();
  private static final int BYTES = S.vectorByteSize();

  private VectorLstm() {}

  /**
   * From the sums of one vector of units to their new states: {@code count} rows from {@code row}
   * on, or across one row, {@code count} vectors of units. A vector that is not whole goes by way
   * of the panels' edge, since what is stored under a mask takes twice the time.
   *
   * <p>With E = exp(-x) and e = exp(2x) - 1, sigmoid is 1 / (1 + E) and tanh e / (2 + e), so that a
   * product of the two takes one division. Neither part of the denominator is ever infinite or
   * zero; where their product is infinite the quotient is rightly 0. Two loops, because one needs
   * more registers than there are.
   */
  static void finish(CellStep s, Panels w, long z0, int row, int unit, int count, boolean across) {
    boolean keep = s.gates() != null;
    boolean whole = unit + LANES <= w.outputs;
    CellStep to = whole ? s : w.edge;
    int first = whole ? row : 0;
    long at = (long) Float.BYTES * (whole ? unit : 0);
    MemorySegment zs = SegmentMemory.of(w.scratch);
    MemorySegment cs = SegmentMemory.of(s.c());
    MemorySegment cNexts = SegmentMemory.of(to.cNext());
    MemorySegment hNexts = SegmentMemory.of(to.hNext());
    MemorySegment gs = keep ? SegmentMemory.of(to.gates()) : null;
    long c0 = SegmentMemory.at(s.c(), row) + (long) Float.BYTES * unit;
    long cNext0 = SegmentMemory.at(to.cNext(), first) + at;
    long hNext0 = SegmentMemory.at(to.hNext(), first) + at;
    long g0 = keep ? SegmentMemory.at(to.gates(), first) + at : 0;
    long cRow = across ? BYTES : SegmentMemory.step(s.c());
    long cNextRow = across ? BYTES : SegmentMemory.step(to.cNext());
    long hNextRow = across ? BYTES : SegmentMemory.step(to.hNext());
    long gRow = across || !keep ? BYTES : SegmentMemory.step(to.gates());
    long gate = (long) Float.BYTES * to.hNext().columns();
    for (int i = 0; i < count; i++) {
      FloatVector in = FloatVector.fromMemorySegment(S, zs, z0 + i * VectorCells.PANEL, ORDER);
      in = in.blend(-SIGMOID_END, in.compare(VectorOperators.LT, -SIGMOID_END));
      in = in.blend(SIGMOID_END, in.compare(VectorOperators.GT, SIGMOID_END));
      FloatVector t0 = in.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p0 =
          t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r0 =
          in.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND).sub(t0));
      FloatVector q0 = r0.fma(FloatVector.broadcast(S, S5), FloatVector.broadcast(S, S4));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S3));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S2));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S1));
      in = p0.fma(q0.mul(r0), p0.add(1f));
      FloatVector forget =
          FloatVector.fromMemorySegment(S, zs, z0 + i * VectorCells.PANEL + BYTES, ORDER);
      forget = forget.blend(-SIGMOID_END, forget.compare(VectorOperators.LT, -SIGMOID_END));
      forget = forget.blend(SIGMOID_END, forget.compare(VectorOperators.GT, SIGMOID_END));
      FloatVector t1 =
          forget.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p1 =
          t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r1 =
          forget.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND).sub(t1));
      FloatVector q1 = r1.fma(FloatVector.broadcast(S, S5), FloatVector.broadcast(S, S4));
      q1 = q1.fma(r1, FloatVector.broadcast(S, S3));
      q1 = q1.fma(r1, FloatVector.broadcast(S, S2));
      q1 = q1.fma(r1, FloatVector.broadcast(S, S1));
      forget = p1.fma(q1.mul(r1), p1.add(1f));
      FloatVector g =
          FloatVector.fromMemorySegment(S, zs, z0 + i * VectorCells.PANEL + 2 * BYTES, ORDER);
      g = g.blend(-TANH_END, g.compare(VectorOperators.LT, -TANH_END));
      g = g.blend(TANH_END, g.compare(VectorOperators.GT, TANH_END));
      FloatVector t2 =
          g.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p2 =
          t2.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r2 =
          g.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND).sub(t2));
      FloatVector q2 = r2.fma(FloatVector.broadcast(S, E6), FloatVector.broadcast(S, E5));
      q2 = q2.fma(r2, FloatVector.broadcast(S, E4));
      q2 = q2.fma(r2, FloatVector.broadcast(S, E3));
      q2 = q2.fma(r2, FloatVector.broadcast(S, E2));
      q2 = q2.fma(r2, FloatVector.broadcast(S, E1));
      g = p2.fma(q2.mul(r2), p2.sub(1f));
      FloatVector g2 = g.add(2f);
      forget = FloatVector.broadcast(S, 1f).div(forget);
      FloatVector c = FloatVector.fromMemorySegment(S, cs, c0 + i * cRow, ORDER);
      c.fma(forget, g.div(in.mul(g2))).intoMemorySegment(cNexts, cNext0 + i * cNextRow, ORDER);
      if (keep) {
        long gAt = g0 + i * gRow;
        FloatVector.broadcast(S, 1f).div(in).intoMemorySegment(gs, gAt, ORDER);
        forget.intoMemorySegment(gs, gAt + gate, ORDER);
        g.div(g2).intoMemorySegment(gs, gAt + 2 * gate, ORDER);
      }
    }
    for (int i = 0; i < count; i++) {
      FloatVector out =
          FloatVector.fromMemorySegment(S, zs, z0 + i * VectorCells.PANEL + 3 * BYTES, ORDER);
      out = out.blend(-SIGMOID_END, out.compare(VectorOperators.LT, -SIGMOID_END));
      out = out.blend(SIGMOID_END, out.compare(VectorOperators.GT, SIGMOID_END));
      FloatVector t0 = out.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p0 =
          t0.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r0 =
          out.fma(FloatVector.broadcast(S, -PER_LN2), FloatVector.broadcast(S, ROUND).sub(t0));
      FloatVector q0 = r0.fma(FloatVector.broadcast(S, S5), FloatVector.broadcast(S, S4));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S3));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S2));
      q0 = q0.fma(r0, FloatVector.broadcast(S, S1));
      out = p0.fma(q0.mul(r0), p0.add(1f));
      FloatVector c = FloatVector.fromMemorySegment(S, cNexts, cNext0 + i * cNextRow, ORDER);
      c = c.blend(-TANH_END, c.compare(VectorOperators.LT, -TANH_END));
      c = c.blend(TANH_END, c.compare(VectorOperators.GT, TANH_END));
      FloatVector t1 =
          c.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND));
      FloatVector p1 =
          t1.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
      FloatVector r1 =
          c.fma(FloatVector.broadcast(S, 2 * PER_LN2), FloatVector.broadcast(S, ROUND).sub(t1));
      FloatVector q1 = r1.fma(FloatVector.broadcast(S, E6), FloatVector.broadcast(S, E5));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E4));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E3));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E2));
      q1 = q1.fma(r1, FloatVector.broadcast(S, E1));
      c = p1.fma(q1.mul(r1), p1.sub(1f));
      c.div(out.mul(c.add(2f))).intoMemorySegment(hNexts, hNext0 + i * hNextRow, ORDER);
      if (keep) {
        FloatVector.broadcast(S, 1f)
            .div(out)
            .intoMemorySegment(gs, g0 + i * gRow + 3 * gate, ORDER);
      }
    }
    if (!whole) {
      VectorCells.fromEdge(s, w, row, count, unit);
    }
  }

  static void gradient(CellStep s, CellGradient d) {
    Tensor gates = s.gates();
    Tensor c = s.c();
    Tensor cNext = s.cNext();
    Tensor dhNext = d.dhNext();
    Tensor dc = d.dc();
    Tensor dGates = d.dIh();
    MemorySegment all = SegmentMemory.ALL;
    long gates0 = SegmentMemory.place(gates);
    long c0 = SegmentMemory.place(c);
    long dhNext0 = SegmentMemory.place(dhNext);
    long dc0 = SegmentMemory.place(dc);
    long dGates0 = SegmentMemory.place(dGates);
    int hidden = c.columns();
    long gate = (long) Float.BYTES * hidden;
    // tanh(cNext) waits where the output gate's gradient will stand
    Activations.tanh(
        SegmentMemory.of(cNext),
        SegmentMemory.at(cNext, 0),
        SegmentMemory.step(cNext),
        SegmentMemory.of(dGates),
        SegmentMemory.at(dGates, 0) + 3 * gate,
        SegmentMemory.step(dGates),
        c.rows(),
        hidden);
    for (int r = 0; r < c.rows(); r++) {
      for (int j = 0; j < hidden; j += LANES) {
        long at = (long) Float.BYTES * j;
        long from = gates0 + r * SegmentMemory.step(gates) + at;
        FloatVector in = FloatVector.fromMemorySegment(S, all, from, ORDER);
        FloatVector forget = FloatVector.fromMemorySegment(S, all, from + gate, ORDER);
        FloatVector g = FloatVector.fromMemorySegment(S, all, from + 2 * gate, ORDER);
        FloatVector out = FloatVector.fromMemorySegment(S, all, from + 3 * gate, ORDER);
        FloatVector old =
            FloatVector.fromMemorySegment(S, all, c0 + r * SegmentMemory.step(c) + at, ORDER);
        FloatVector dh =
            FloatVector.fromMemorySegment(
                S, all, dhNext0 + r * SegmentMemory.step(dhNext) + at, ORDER);
        long to = dGates0 + r * SegmentMemory.step(dGates) + at;
        FloatVector tanh = FloatVector.fromMemorySegment(S, all, to + 3 * gate, ORDER);
        long dcAt = dc0 + r * SegmentMemory.step(dc) + at;
        FloatVector dOut = dh.mul(out);
        FloatVector dCell =
            FloatVector.fromMemorySegment(S, all, dcAt, ORDER)
                .add(dOut.sub(dOut.mul(tanh).mul(tanh)));
        FloatVector dIn = dCell.mul(g).mul(in.sub(in.mul(in)));
        FloatVector dForget = dCell.mul(old).mul(forget.sub(forget.mul(forget)));
        FloatVector dG = dCell.mul(in);
        dG = dG.sub(dG.mul(g).mul(g));
        dOut = dh.mul(tanh).mul(out.sub(out.mul(out)));
        dCell = dCell.mul(forget);
        if (j + LANES <= hidden) {
          dIn.intoMemorySegment(all, to, ORDER);
          dForget.intoMemorySegment(all, to + gate, ORDER);
          dG.intoMemorySegment(all, to + 2 * gate, ORDER);
          dOut.intoMemorySegment(all, to + 3 * gate, ORDER);
          dCell.intoMemorySegment(all, dcAt, ORDER);
        } else {
          VectorMask<Float> mask = S.indexInRange(j, hidden);
          dIn.intoMemorySegment(all, to, ORDER, mask);
          dForget.intoMemorySegment(all, to + gate, ORDER, mask);
          dG.intoMemorySegment(all, to + 2 * gate, ORDER, mask);
          dOut.intoMemorySegment(all, to + 3 * gate, ORDER, mask);
          dCell.intoMemorySegment(all, dcAt, ORDER, mask);
        }
      }
    }
  }
}
