package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.CellGradient;
import dev.eddy.operators.tensor.CellStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One recurrent layer in one direction over packed sequences: the same cell, with the same weights,
 * at every timestep. {@link Cell} has the equations and the order of the weights' blocks; this is
 * the fused form of {@code cell.CellEquations}.
 *
 * <p>Backward, from the gradient of the last c on, for each timestep in turn, the kernel makes from
 * dh_t (and dc_t) the gradients da of the blocks before their activations, and what of dh_{t-1}
 * does not pass the recurrent product; then dh_{t-1} += da W_hh, and over all rows at once dx = da
 * W_ih, dW_ih = daᵀ x, dW_hh = daᵀ h_{t-1}, and both biases get the sum of da.
 */
public final class Recurrent implements Operation {
  /** From a sequence's first event on, or from its last one back. */
  public enum Direction {
    FORWARD,
    REVERSE
  }

  /**
   * What the layer reads. D inputs, H units.
   *
   * @param weightIh {@code [blocks H, D]}
   * @param weightHh {@code [blocks H, H]}
   * @param biasIh {@code [1, blocks H]}
   * @param biasHh {@code [1, blocks H]}
   */
  public record Weights(Node weightIh, Node weightHh, Node biasIh, Node biasHh) {}

  /**
   * Rows of one timestep whose states before it lie together.
   *
   * @param before where h_{t-1} was computed
   * @param dDirect the direct blocks of dHh
   * @param dRest its other blocks, null for none
   * @param dProduct where the gradient of r * h goes, null for none
   */
  private record Span(
      Tensor before,
      CellStep step,
      CellGradient gradient,
      Tensor dDirect,
      Tensor dRest,
      Tensor dProduct) {}

  private final Cell cell;
  private final Node x;
  private final Node c0;
  private final Weights weights;

  /** The blocks of W_hh that are multiplied by h, and those by r * h; null for none. */
  private final Node direct;

  private final Node rest;
  private final Panels panels;
  private final Node h;
  private final Tensor c;
  private final Node cLast;

  /** The row of c with which each sequence ends, as a bag of one for each. */
  private final int[] ends;

  private final int[] bags;
  private final Tensor hIn;
  private final Tensor gates;
  private final Tensor dc;
  private final Tensor dIh;
  private final Tensor dHh;

  /** Views for the weights' gradients: the direct blocks, the others, and r * h. */
  private final Tensor dDirect;

  private final Tensor dRest;
  private final Tensor product;
  private final List<Span> spans = new ArrayList<>();

  private Recurrent(
      Tape tape,
      Cell cell,
      Direction direction,
      Packing packing,
      Node x,
      Node h0,
      Node c0,
      Weights weights) {
    String name = cell.architecture();
    int hidden = weights.weightHh().columns();
    int blocks = cell.blocks() * hidden;
    int rows = packing.rows();
    Rule.shape(name, "weight_hh", weights.weightHh(), blocks, hidden);
    Rule.shape(name, "weight_ih", weights.weightIh(), blocks, x.columns());
    Rule.shape(name, "bias_ih", weights.biasIh(), 1, blocks);
    Rule.shape(name, "bias_hh", weights.biasHh(), 1, blocks);
    Rule.shape(name, "x", x, rows, x.columns());
    Rule.shape(name, "h0", h0, packing.sequences(), hidden);
    if (cell.hasC()) {
      Rule.shape(name, "c0", c0, packing.sequences(), hidden);
    }
    this.cell = cell;
    this.x = x;
    this.c0 = c0;
    this.weights = weights;
    int directRows = cell.direct() * hidden;
    this.direct = weights.weightHh().rows(0, directRows);
    this.rest =
        directRows == blocks ? null : weights.weightHh().rows(directRows, blocks - directRows);
    this.panels = tape.kernel().cellPanels(tape.scope(), cell, x.columns(), hidden);
    this.h = tape.node(rows, hidden);
    this.hIn = tape.scope().allocate(rows, hidden);
    this.c = cell.hasC() ? tape.scope().allocate(rows, hidden) : null;
    this.cLast = cell.hasC() ? tape.node(packing.sequences(), hidden) : null;
    boolean reverse = direction == Direction.REVERSE;
    this.ends = new int[packing.sequences()];
    Arrays.setAll(ends, s -> packing.row(reverse ? 0 : packing.length(s) - 1, s));
    this.bags = new int[ends.length + 1];
    Arrays.setAll(bags, s -> s);
    this.dc = cell.hasC() ? tape.scope().allocate(packing.sequences(), hidden) : null;
    this.gates = tape.scope().allocate(rows, cell.gates() * hidden);
    this.dIh = tape.scope().allocate(rows, blocks);
    this.dHh = cell == Cell.GRU ? tape.scope().allocate(rows, blocks) : dIh;
    this.dDirect = dHh.columns(0, directRows);
    this.dRest = rest == null ? null : dHh.columns(directRows, rest.rows());
    this.product = rest == null ? null : gates.columns(blocks, hidden);
    for (int i = 0; i < packing.steps(); i++) {
      int t = reverse ? packing.steps() - 1 - i : i;
      int last = reverse ? t + 1 : t - 1;
      int running = i == 0 ? 0 : Math.min(packing.size(last), packing.size(t));
      if (running > 0) {
        int from = packing.offset(last);
        Tensor cBefore = c == null ? null : c.rows(from, running);
        spans.add(span(packing.offset(t), 0, h.rows(from, running), cBefore));
      }
      int starting = packing.size(t) - running;
      if (starting > 0) {
        Tensor cBefore = c == null ? null : c0.value().rows(running, starting);
        spans.add(span(packing.offset(t), running, h0.rows(running, starting), cBefore));
      }
    }
  }

  /** The rows of a timestep from that sequence on. */
  private Span span(int offset, int sequence, Node before, Tensor cBefore) {
    int n = before.rows();
    int at = offset + sequence;
    int hidden = h.columns();
    CellStep step =
        new CellStep(
            x.value().rows(at, n),
            hIn.rows(at, n),
            cBefore,
            gates.rows(at, n),
            h.value().rows(at, n),
            c == null ? null : c.rows(at, n));
    Tensor dIhRows = dIh.rows(at, n);
    Tensor dHhRows = dHh == dIh ? dIhRows : dHh.rows(at, n);
    CellGradient gradient =
        new CellGradient(
            h.gradient().rows(at, n),
            dc == null ? null : dc.rows(sequence, n),
            dIhRows,
            dHhRows,
            before.gradient());
    return new Span(
        before.value(),
        step,
        gradient,
        dHhRows.columns(0, direct.rows()),
        rest == null ? null : dHhRows.columns(direct.rows(), rest.rows()),
        rest == null ? null : dIhRows.columns(0, hidden));
  }

  /**
   * Records the layer.
   *
   * @param x {@code [packing.rows, D]}
   * @param h0 {@code [packing.sequences, H]}: where each sequence begins, or in reverse ends
   * @param c0 {@code [packing.sequences, H]}, null where the cell has none
   */
  public static Recurrent of(
      Tape tape,
      Cell cell,
      Direction direction,
      Packing packing,
      Node x,
      Node h0,
      Node c0,
      Weights weights) {
    return tape.record(new Recurrent(tape, cell, direction, packing, x, h0, c0, weights));
  }

  /** Every h_t, {@code [packing.rows, H]}. */
  public Node h() {
    return h;
  }

  /** Every c_t, {@code [packing.rows, H]}, null where the cell has none: its values only. */
  public Tensor c() {
    return c;
  }

  /**
   * The c with which each sequence ends, or in reverse begins, {@code [packing.sequences, H]}; null
   * where the cell has none. With {@link Packing#last} of h it is what an encoder hands on.
   */
  public Node cLast() {
    return cLast;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.packCell(
        weights.weightIh().value(),
        weights.weightHh().value(),
        weights.biasIh().value(),
        weights.biasHh().value(),
        panels);
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      kernel.copy(span.before, span.step.h());
      kernel.step(span.step, panels);
    }
    if (c != null) {
      kernel.embeddingBag(c, ends, bags, cLast.value());
    }
  }

  @Override
  public void backward(Kernel kernel) {
    if (dc != null) {
      kernel.copy(cLast.gradient(), dc);
    }
    for (int i = spans.size() - 1; i >= 0; i--) {
      Span span = spans.get(i);
      kernel.stepGradient(span.step, span.gradient, cell);
      if (rest != null) {
        kernel.multiply(span.dRest, rest.value(), span.dProduct);
        kernel.resetGradient(span.step, span.gradient);
      }
      if (span.gradient.dh() != null) {
        kernel.multiply(span.dDirect, direct.value(), span.gradient.dh());
      }
    }
    if (c != null && !c0.constant()) {
      kernel.axpy(1, dc, c0.gradient());
    }
    if (!x.constant()) {
      kernel.multiply(dIh, weights.weightIh().value(), x.gradient());
    }
    if (!weights.weightIh().constant()) {
      kernel.multiplyLeftTransposed(dIh, x.value(), weights.weightIh().gradient());
    }
    if (!weights.weightHh().constant()) {
      kernel.multiplyLeftTransposed(dDirect, hIn, direct.gradient());
      if (rest != null) {
        kernel.multiplyLeftTransposed(dRest, product, rest.gradient());
      }
    }
    if (!weights.biasIh().constant()) {
      kernel.addRowSum(dIh, weights.biasIh().gradient());
    }
    if (!weights.biasHh().constant()) {
      kernel.addRowSum(dHh, weights.biasHh().gradient());
    }
  }
}
