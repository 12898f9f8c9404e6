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
    MemorySegment all = SegmentMemory.ALL;
    long cRow = across ? BYTES : SegmentMemory.step(s.c());
    long cNextRow = across ? BYTES : SegmentMemory.step(to.cNext());
    long hNextRow = across ? BYTES : SegmentMemory.step(to.hNext());
    long gRow = across || !keep ? BYTES : SegmentMemory.step(to.gates());
    long gate = (long) Float.BYTES * to.hNext().columns();
    long c0 = VectorCells.place(s.c(), row, (long) Float.BYTES * unit, count, cRow);
    long cNext0 = VectorCells.place(to.cNext(), first, at, count, cNextRow);
    long hNext0 = VectorCells.place(to.hNext(), first, at, count, hNextRow);
    long g0 = keep ? VectorCells.place(to.gates(), first, at, count, gRow, 4, gate) : 0;
    long zAt = SegmentMemory.place(SegmentMemory.of(w.scratch), z0, count * VectorCells.PANEL);
    for (int i = 0; i < count; i++) {
      long z = zAt + SegmentMemory.index(i) * VectorCells.PANEL;
      FloatVector in = FloatVector.fromMemorySegment(S, all, z, ORDER);
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
      FloatVector forget = FloatVector.fromMemorySegment(S, all, z + BYTES, ORDER);
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
      FloatVector g = FloatVector.fromMemorySegment(S, all, z + 2 * BYTES, ORDER);
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
      long from = SegmentMemory.address(c0 + i * cRow);
      long next = SegmentMemory.address(cNext0 + i * cNextRow);
      FloatVector c = FloatVector.fromMemorySegment(S, all, from, ORDER);
      c.fma(forget, g.div(in.mul(g2))).intoMemorySegment(all, next, ORDER);
      if (keep) {
        long inAt = SegmentMemory.address(g0 + i * gRow);
        long forgetAt = SegmentMemory.address(inAt + gate);
        long gAt = SegmentMemory.address(forgetAt + gate);
        FloatVector.broadcast(S, 1f).div(in).intoMemorySegment(all, inAt, ORDER);
        forget.intoMemorySegment(all, forgetAt, ORDER);
        g.div(g2).intoMemorySegment(all, gAt, ORDER);
      }
    }
    for (int i = 0; i < count; i++) {
      long z = zAt + SegmentMemory.index(i) * VectorCells.PANEL;
      FloatVector out = FloatVector.fromMemorySegment(S, all, z + 3 * BYTES, ORDER);
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
      long next = SegmentMemory.address(cNext0 + i * cNextRow);
      FloatVector c = FloatVector.fromMemorySegment(S, all, next, ORDER);
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
      long hAt = SegmentMemory.address(hNext0 + i * hNextRow);
      c.div(out.mul(c.add(2f))).intoMemorySegment(all, hAt, ORDER);
      if (keep) {
        long outAt = SegmentMemory.address(g0 + i * gRow + 3 * gate);
        FloatVector.broadcast(S, 1f).div(out).intoMemorySegment(all, outAt, ORDER);
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
    long gatesAt = SegmentMemory.place(gates);
    long cAt = SegmentMemory.place(c);
    long dhNextAt = SegmentMemory.place(dhNext);
    long dcAt = SegmentMemory.place(dc);
    long dGatesAt = SegmentMemory.place(dGates);
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
      long in0 = SegmentMemory.address(gatesAt + r * SegmentMemory.step(gates));
      long forget0 = SegmentMemory.address(in0 + gate);
      long g0 = SegmentMemory.address(forget0 + gate);
      long out0 = SegmentMemory.address(g0 + gate);
      long c0 = SegmentMemory.address(cAt + r * SegmentMemory.step(c));
      long dh0 = SegmentMemory.address(dhNextAt + r * SegmentMemory.step(dhNext));
      long dc0 = SegmentMemory.address(dcAt + r * SegmentMemory.step(dc));
      long dIn0 = SegmentMemory.address(dGatesAt + r * SegmentMemory.step(dGates));
      long dForget0 = SegmentMemory.address(dIn0 + gate);
      long dG0 = SegmentMemory.address(dForget0 + gate);
      long dOut0 = SegmentMemory.address(dG0 + gate);
      for (int j = 0; j < hidden; j += LANES) {
        long at = SegmentMemory.bytes(j);
        FloatVector in = FloatVector.fromMemorySegment(S, all, in0 + at, ORDER);
        FloatVector forget = FloatVector.fromMemorySegment(S, all, forget0 + at, ORDER);
        FloatVector g = FloatVector.fromMemorySegment(S, all, g0 + at, ORDER);
        FloatVector out = FloatVector.fromMemorySegment(S, all, out0 + at, ORDER);
        FloatVector old = FloatVector.fromMemorySegment(S, all, c0 + at, ORDER);
        FloatVector dh = FloatVector.fromMemorySegment(S, all, dh0 + at, ORDER);
        FloatVector tanh = FloatVector.fromMemorySegment(S, all, dOut0 + at, ORDER);
        FloatVector dOut = dh.mul(out);
        FloatVector dCell =
            FloatVector.fromMemorySegment(S, all, dc0 + at, ORDER)
                .add(dOut.sub(dOut.mul(tanh).mul(tanh)));
        FloatVector dIn = dCell.mul(g).mul(in.sub(in.mul(in)));
        FloatVector dForget = dCell.mul(old).mul(forget.sub(forget.mul(forget)));
        FloatVector dG = dCell.mul(in);
        dG = dG.sub(dG.mul(g).mul(g));
        dOut = dh.mul(tanh).mul(out.sub(out.mul(out)));
        dCell = dCell.mul(forget);
        if (j + LANES <= hidden) {
          dIn.intoMemorySegment(all, dIn0 + at, ORDER);
          dForget.intoMemorySegment(all, dForget0 + at, ORDER);
          dG.intoMemorySegment(all, dG0 + at, ORDER);
          dOut.intoMemorySegment(all, dOut0 + at, ORDER);
          dCell.intoMemorySegment(all, dc0 + at, ORDER);
        } else {
          VectorMask<Float> mask = S.indexInRange(j, hidden);
          dIn.intoMemorySegment(all, dIn0 + at, ORDER, mask);
          dForget.intoMemorySegment(all, dForget0 + at, ORDER, mask);
          dG.intoMemorySegment(all, dG0 + at, ORDER, mask);
          dOut.intoMemorySegment(all, dOut0 + at, ORDER, mask);
          dCell.intoMemorySegment(all, dc0 + at, ORDER, mask);
        }
      }
    }
  }
}
