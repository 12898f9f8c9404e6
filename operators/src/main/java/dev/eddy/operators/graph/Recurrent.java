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
  public record Weights(Node weightIh, Node weightHh, Node biasIh, Node biasHh) {
    /** Refuses what does not fit a cell of D inputs and H units. */
    public void require(Cell cell, int inputs, int hidden) {
      String name = cell.architecture();
      int blocks = cell.blocks() * hidden;
      Rule.shape(name, "weight_hh", weightHh, blocks, hidden);
      Rule.shape(name, "weight_ih", weightIh, blocks, inputs);
      Rule.shape(name, "bias_ih", biasIh, 1, blocks);
      Rule.shape(name, "bias_hh", biasHh, 1, blocks);
    }
  }

  /** Most rows of a chunk, but for one timestep that has more. */
  private static final int CHUNK = 128;

  /** Columns of a product that leave no part of the kernel's vectors empty. */
  private static final int WIDE = 64;

  private final Cell cell;
  private final Node x;
  private final Node h0;
  private final Node c0;
  private final Weights weights;

  /** The blocks of W_hh that are multiplied by h, and those by r * h; null for none. */
  private final Node direct;

  private final Node rest;
  private final Panels panels;
  private final boolean fixed;
  private boolean packed;

  /** The same blocks as backward reads them. */
  private final Panels directPanels;

  private final Panels restPanels;
  private final Node h;
  private final Tensor c;
  private final Node cLast;

  /** The row of c with which each sequence ends, as a bag of one for each. */
  private final int[] ends;

  private final int[] bags;

  /** Every h_{t-1}, {@code [packing.rows, H]}. */
  private final Tensor hIn;

  /**
   * Whether hIn is h itself, a timestep further, with h0 where h ends: so it can be where all
   * sequences are of one length.
   */
  private final boolean shifted;

  private final Tensor gates;
  private final Tensor dc;
  private final Tensor dIh;
  private final Tensor dHh;

  /**
   * The gradient of W_ih, transposed, {@code [D, blocks H]}: as wide as products like it. Null
   * where D is, too.
   */
  private final Tensor dWeightIh;

  /** The sum of dIh over all rows. */
  private final Tensor dBias;

  private final List<Span> spans = new ArrayList<>();
  private final List<Chunk> chunks = new ArrayList<>();

  private Recurrent(
      Tape tape,
      Cell cell,
      Direction direction,
      Packing packing,
      Node x,
      Node h0,
      Node c0,
      Weights weights) {
    require(cell, direction, packing, x, h0, c0, weights);
    int hidden = weights.weightHh().columns();
    int blocks = cell.blocks() * hidden;
    int rows = packing.rows();
    this.cell = cell;
    this.x = x;
    this.h0 = h0;
    this.c0 = c0;
    this.weights = weights;
    int directRows = cell.direct() * hidden;
    this.direct = weights.weightHh().rows(0, directRows);
    this.rest =
        directRows == blocks ? null : weights.weightHh().rows(directRows, blocks - directRows);
    this.panels = tape.kernel().cellPanels(tape.scope(), cell, x.columns(), hidden);
    this.fixed =
        tape.fixed(weights.weightIh(), weights.weightHh(), weights.biasIh(), weights.biasHh());
    this.c = cell.hasC() ? tape.scope().allocate(rows, hidden) : null;
    this.cLast = cell.hasC() ? tape.node(packing.sequences(), hidden) : null;
    boolean reverse = direction == Direction.REVERSE;
    this.shifted = rows == packing.steps() * packing.sequences();
    if (shifted) {
      Tensor states = tape.scope().allocate(packing.sequences() + rows, hidden);
      this.h = tape.node(states.rows(reverse ? 0 : packing.sequences(), rows));
      this.hIn = states.rows(reverse ? packing.sequences() : 0, rows);
    } else {
      this.h = tape.node(rows, hidden);
      this.hIn = tape.scope().allocate(rows, hidden);
    }
    this.ends = new int[packing.sequences()];
    Arrays.setAll(ends, s -> packing.row(reverse ? 0 : packing.length(s) - 1, s));
    this.bags = new int[ends.length + 1];
    Arrays.setAll(bags, s -> s);
    this.dc = cell.hasC() ? tape.scope().allocate(packing.sequences(), hidden) : null;
    this.gates = tape.scope().allocate(rows, cell.gates() * hidden);
    int shared = Math.min(rows, Math.max(CHUNK, packing.sequences()));
    this.dIh = tape.scope().allocate(shared, blocks);
    this.dHh = cell == Cell.GRU ? tape.scope().allocate(shared, blocks) : dIh;
    this.dWeightIh = x.columns() % WIDE == 0 ? null : tape.scope().allocate(x.columns(), blocks);
    this.dBias = tape.scope().allocate(1, blocks);
    this.directPanels = tape.kernel().affinePanels(tape.scope(), directRows, hidden);
    this.restPanels =
        rest == null ? null : tape.kernel().affinePanels(tape.scope(), rest.rows(), hidden);
    int[] times = new int[packing.steps()];
    Arrays.setAll(times, i -> reverse ? times.length - 1 - i : i);
    for (int first = 0, end = 0; first < times.length; first = end) {
      int count = 0;
      do {
        count += packing.size(times[end++]);
      } while (end < times.length && count + packing.size(times[end]) <= CHUNK);
      chunks.add(chunk(packing, times, first, end, count));
    }
  }

  /**
   * The timesteps {@code times[first..end)}.
   *
   * @param count of their rows
   */
  private Chunk chunk(Packing packing, int[] times, int first, int end, int count) {
    int top = packing.offset(Math.min(times[first], times[end - 1]));
    int firstSpan = spans.size();
    for (int i = first; i < end; i++) {
      int at = packing.offset(times[i]);
      int size = packing.size(times[i]);
      int running = i == 0 ? 0 : Math.min(packing.size(times[i - 1]), size);
      if (running > 0) {
        int from = packing.offset(times[i - 1]);
        Tensor cBefore = c == null ? null : c.rows(from, running);
        spans.add(span(at, 0, h.rows(from, running), shifted, cBefore, top));
      }
      if (running < size) {
        Tensor cBefore = c == null ? null : c0.value().rows(running, size - running);
        Node before = h0.rows(running, size - running);
        spans.add(span(at, running, before, false, cBefore, top));
      }
    }
    Tensor dHhRows = dHh.rows(0, count);
    int hidden = h.columns();
    return new Chunk(
        firstSpan,
        spans.size(),
        x.rows(top, count),
        hIn.rows(top, count),
        rest == null ? null : gates.rows(top, count).columns(cell.blocks() * hidden, hidden),
        dIh.rows(0, count),
        dHhRows,
        dHhRows.columns(0, direct.rows()),
        rest == null ? null : dHhRows.columns(direct.rows(), rest.rows()));
  }

  /**
   * The rows of a timestep from that sequence on, in a chunk whose first row is top.
   *
   * @param inPlace whether the values of before are rows of hIn
   */
  private Span span(
      int offset, int sequence, Node before, boolean inPlace, Tensor cBefore, int top) {
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
    Tensor dIhRows = dIh.rows(at - top, n);
    Tensor dHhRows = dHh == dIh ? dIhRows : dHh.rows(at - top, n);
    CellGradient gradient =
        new CellGradient(
            h.gradient().rows(at, n),
            dc == null ? null : dc.rows(sequence, n),
            dIhRows,
            dHhRows,
            before.gradient());
    return new Span(
        inPlace ? null : before.value(),
        step,
        gradient,
        dHhRows.columns(0, direct.rows()),
        rest == null ? null : dHhRows.columns(direct.rows(), rest.rows()),
        rest == null ? null : dIhRows.columns(0, hidden));
  }

  /** Refuses what does not fit a layer, in whichever form it is recorded. */
  public static void require(
      Cell cell, Direction direction, Packing packing, Node x, Node h0, Node c0, Weights weights) {
    Rule.present("recurrent", "cell", cell);
    String name = cell.architecture();
    Rule.present(name, "direction", direction);
    Rule.present(name, "packing", packing);
    Rule.present(name, "x", x);
    Rule.present(name, "weights", weights);
    Rule.present(name, "weight_hh", weights.weightHh());
    int hidden = weights.weightHh().columns();
    weights.require(cell, x.columns(), hidden);
    Rule.shape(name, "x", x, packing.rows(), x.columns());
    Rule.shape(name, "h0", h0, packing.sequences(), hidden);
    if (cell.hasC()) {
      Rule.shape(name, "c0", c0, packing.sequences(), hidden);
    } else if (c0 != null) {
      throw new IllegalArgumentException(name + ": c0 is " + c0.shape() + "; the cell has no c");
    }
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
   * where the cell has none. With {@link Packing#last} of h, in reverse the first rows of h, it is
   * what an encoder hands on: the gradient comes back by both.
   */
  public Node cLast() {
    return cLast;
  }

  @Override
  public void forward(Kernel kernel) {
    if (!packed) {
      kernel.packCell(
          weights.weightIh().value(),
          weights.weightHh().value(),
          weights.biasIh().value(),
          weights.biasHh().value(),
          panels);
      packed = fixed;
    }
    for (int i = 0; i < spans.size(); i++) {
      spans.get(i).forward(kernel, panels);
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
    kernel.packRows(direct.value(), directPanels);
    if (rest != null) {
      kernel.packRows(rest.value(), restPanels);
    }
    if (dWeightIh != null) {
      kernel.fill(dWeightIh, 0);
    }
    kernel.fill(dBias, 0);
    for (int i = chunks.size() - 1; i >= 0; i--) {
      Chunk chunk = chunks.get(i);
      throughTime(kernel, chunk);
      weights(kernel, chunk);
    }
    if (c != null && !c0.constant()) {
      kernel.axpy(1, dc, c0.gradient());
    }
    if (!weights.weightIh().constant() && dWeightIh != null) {
      kernel.addTransposed(dWeightIh, weights.weightIh().gradient());
    }
    if (!weights.biasIh().constant()) {
      kernel.axpy(1, dBias, weights.biasIh().gradient());
    }
    if (!weights.biasHh().constant() && dHh == dIh) {
      kernel.axpy(1, dBias, weights.biasHh().gradient());
    }
  }

  /** The gradients of the blocks before their activations, last timestep first. */
  private void throughTime(Kernel kernel, Chunk chunk) {
    for (int i = chunk.end() - 1; i >= chunk.first(); i--) {
      spans.get(i).backward(kernel, cell, directPanels, restPanels);
    }
  }

  /** What the rows of a chunk add to the gradients of the input and of the weights. */
  private void weights(Kernel kernel, Chunk chunk) {
    if (!x.constant()) {
      kernel.multiply(chunk.dIh(), weights.weightIh().value(), chunk.x().gradient());
    }
    if (!weights.weightIh().constant()) {
      if (dWeightIh == null) {
        kernel.multiplyLeftTransposed(
            chunk.dIh(), chunk.x().value(), weights.weightIh().gradient());
      } else {
        kernel.multiplyLeftTransposed(chunk.x().value(), chunk.dIh(), dWeightIh);
      }
    }
    if (!weights.weightHh().constant()) {
      kernel.multiplyLeftTransposed(chunk.dDirect(), chunk.hIn(), direct.gradient());
      if (rest != null) {
        kernel.multiplyLeftTransposed(chunk.dRest(), chunk.product(), rest.gradient());
      }
    }
    kernel.addRowSum(chunk.dIh(), dBias);
    if (!weights.biasHh().constant() && dHh != dIh) {
      kernel.addRowSum(chunk.dHh(), weights.biasHh().gradient());
    }
  }
}
