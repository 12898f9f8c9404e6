package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Tensor;

/**
 * One LSTM layer over packed sequences (Hochreiter and Schmidhuber 1997; Gers et al. 2000), with
 * PyTorch's weights and gate order:
 *
 * <pre>
 * i, f, o = sigmoid(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh)      g = tanh(the same)
 * c_t = f * c_{t-1} + i * g                                     h_t = o * tanh(c_t)
 * </pre>
 *
 * The fused form of {@code cell.LstmEquations}. Backward, the kernel turns dh_t and dc_t into
 * dc_{t-1} and dz_t, the gradient before the activations; then dh_{t-1} += dz_t W_hh, and over all
 * rows at once dx = dz W_ih, dW_ih = dzᵀ x, dW_hh = dzᵀ h_{t-1}, and both biases get the sum of dz.
 */
public final class Lstm implements Operation {
  /**
   * What the layer reads. D inputs, H units.
   *
   * @param weightIh {@code [4H, D]}
   * @param weightHh {@code [4H, H]}
   * @param biasIh {@code [1, 4H]}
   * @param biasHh {@code [1, 4H]}
   */
  public record Weights(Node weightIh, Node weightHh, Node biasIh, Node biasHh) {}

  /**
   * Views of one timestep with n sequences running: values, then gradients.
   *
   * @param h0 where h_{t-1} was computed
   * @param hIn a copy of it, in packed order for the product over all rows
   * @param dh0 the gradient of h0, null where it is constant
   */
  private record Step(
      Tensor x,
      Tensor h0,
      Tensor hIn,
      Tensor cIn,
      Tensor gates,
      Tensor h,
      Tensor c,
      Tensor dh0,
      Tensor dh,
      Tensor dc,
      Tensor dz) {}

  private final Node x;
  private final Node c0;
  private final Weights weights;
  private final Panels panels;
  private final Node h;
  private final Tensor c;
  private final Tensor hIn;
  private final Tensor dc;
  private final Tensor dz;
  private final Step[] steps;

  private Lstm(Tape tape, Packing packing, Node x, Node h0, Node c0, Weights weights) {
    int hidden = weights.weightHh().columns();
    int rows = packing.rows();
    Rule.shape("lstm", "weight_hh", weights.weightHh(), 4 * hidden, hidden);
    Rule.shape("lstm", "weight_ih", weights.weightIh(), 4 * hidden, x.columns());
    Rule.shape("lstm", "bias_ih", weights.biasIh(), 1, 4 * hidden);
    Rule.shape("lstm", "bias_hh", weights.biasHh(), 1, 4 * hidden);
    Rule.shape("lstm", "x", x, rows, x.columns());
    Rule.shape("lstm", "h0", h0, packing.sequences(), hidden);
    Rule.shape("lstm", "c0", c0, packing.sequences(), hidden);
    this.x = x;
    this.c0 = c0;
    this.weights = weights;
    this.panels = tape.kernel().lstmPanels(tape.scope(), x.columns(), hidden);
    this.h = tape.node(rows, hidden);
    this.c = tape.scope().allocate(rows, hidden);
    this.hIn = tape.scope().allocate(rows, hidden);
    this.dc = tape.scope().allocate(packing.sequences(), hidden);
    this.dz = tape.scope().allocate(rows, 4 * hidden);
    Tensor gates = tape.scope().allocate(rows, 4 * hidden);
    this.steps = new Step[packing.steps()];
    for (int t = 0; t < steps.length; t++) {
      int n = packing.size(t);
      int at = packing.offset(t);
      int before = t == 0 ? 0 : packing.offset(t - 1);
      Node from = (t == 0 ? h0 : h).rows(before, n);
      steps[t] =
          new Step(
              x.value().rows(at, n),
              from.value(),
              hIn.rows(at, n),
              (t == 0 ? c0.value() : c).rows(before, n),
              gates.rows(at, n),
              h.value().rows(at, n),
              c.rows(at, n),
              from.gradient(),
              h.gradient().rows(at, n),
              dc.rows(0, n),
              dz.rows(at, n));
    }
  }

  /**
   * Records the layer.
   *
   * @param x {@code [packing.rows, D]}
   * @param h0 {@code [packing.sequences, H]}
   * @param c0 {@code [packing.sequences, H]}
   */
  public static Lstm of(Tape tape, Packing packing, Node x, Node h0, Node c0, Weights weights) {
    return tape.record(new Lstm(tape, packing, x, h0, c0, weights));
  }

  /** Every h_t, {@code [packing.rows, H]}. */
  public Node h() {
    return h;
  }

  /** Every c_t, {@code [packing.rows, H]}: it is carried on, and takes no gradient from outside. */
  public Tensor c() {
    return c;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.packLstm(
        weights.weightIh().value(),
        weights.weightHh().value(),
        weights.biasIh().value(),
        weights.biasHh().value(),
        panels);
    for (Step s : steps) {
      kernel.copy(s.h0, s.hIn);
      kernel.lstm(s.x, s.hIn, s.cIn, panels, s.gates, s.h, s.c);
    }
  }

  @Override
  public void backward(Kernel kernel) {
    kernel.fill(dc, 0);
    for (int t = steps.length - 1; t >= 0; t--) {
      Step s = steps[t];
      kernel.lstmGradient(s.gates, s.cIn, s.c, s.dh, s.dc, s.dz);
      if (s.dh0 != null) {
        kernel.multiply(s.dz, weights.weightHh().value(), s.dh0);
      }
    }
    if (!c0.constant()) {
      kernel.axpy(1, dc, c0.gradient());
    }
    if (!x.constant()) {
      kernel.multiply(dz, weights.weightIh().value(), x.gradient());
    }
    if (!weights.weightIh().constant()) {
      kernel.multiplyLeftTransposed(dz, x.value(), weights.weightIh().gradient());
    }
    if (!weights.weightHh().constant()) {
      kernel.multiplyLeftTransposed(dz, hIn, weights.weightHh().gradient());
    }
    if (!weights.biasIh().constant()) {
      kernel.addRowSum(dz, weights.biasIh().gradient());
    }
    if (!weights.biasHh().constant()) {
      kernel.addRowSum(dz, weights.biasHh().gradient());
    }
  }
}
