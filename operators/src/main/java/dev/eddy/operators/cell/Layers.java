package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Dropout;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Recurrent.Direction;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.serialization.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The stacked recurrent layers of a network. With x_0 the input and f_k, r_k what layer k makes of
 * x_k forward and in reverse,
 *
 * <pre>
 * y_k = f_k, or [f_k r_k] where the network is bidirectional
 * y_k = y_k + x_k for k above 0, where it is residual
 * x_{k+1} = dropout(y_k)
 * </pre>
 *
 * and the last y_k is what the output reads.
 */
final class Layers {
  /**
   * What was recorded. N packed rows.
   *
   * @param y {@code [N, H]}, or {@code [N, 2 H]} of both directions
   * @param hidden of each layer every h_t {@code [N, H]}, forward only
   * @param after the same, and c_t likewise if any
   */
  record Recorded(Node y, List<Node> hidden, List<Tensor> after) {}

  private final ModelConfig config;
  private final Cell cell;
  private final Function<String, Node> weights;

  /**
   * The layers of a model.
   *
   * @param weights by their names in the model's file
   */
  Layers(ModelConfig config, Function<String, Node> weights) {
    this.config = config;
    this.cell = Cell.of(config.architecture());
    this.weights = weights;
  }

  /** Tensors of one layer's state: h, or h and c. */
  static int parts(ModelConfig config) {
    return Cell.of(config.architecture()).hasC() ? 2 : 1;
  }

  /**
   * Records the layers.
   *
   * @param x {@code [N, D]}
   * @param before of each layer h {@code [packing.sequences, H]}, and c likewise if any
   * @param seeds of the dropout
   */
  Recorded record(Tape tape, Packing packing, Node x, List<Node> before, LongSupplier seeds) {
    List<Node> hidden = new ArrayList<>();
    List<Tensor> after = new ArrayList<>();
    for (int k = 0; k < config.numLayers(); k++) {
      Node h0 = before.get(k * parts(config));
      Node c0 = cell.hasC() ? before.get(k * parts(config) + 1) : null;
      var first = new CellEquations.State(h0, c0);
      Node y = layer(tape, packing, Direction.FORWARD, k, x, first, after);
      hidden.add(y);
      if (config.bidirectional()) {
        Node zero = tape.constant(packing.sequences(), config.hiddenSize());
        var last = new CellEquations.State(zero, cell.hasC() ? zero : null);
        Node reverse = layer(tape, packing, Direction.REVERSE, k, x, last, new ArrayList<>());
        y = Concatenate.columns(tape, y, reverse);
      }
      if (config.layers().residual() && k > 0) {
        y = Add.of(tape, y, x);
      }
      if (config.layers().dropout() > 0 && k < config.numLayers() - 1) {
        y = Dropout.of(tape, y, config.layers().dropout(), seeds);
      }
      x = y;
    }
    return new Recorded(x, hidden, after);
  }

  private Node layer(
      Tape tape,
      Packing packing,
      Direction direction,
      int k,
      Node x,
      CellEquations.State first,
      List<Tensor> after) {
    String suffix = "_l" + k + (direction == Direction.REVERSE ? "_reverse" : "");
    Recurrent.Weights w =
        new Recurrent.Weights(
            weights.apply("rnn.weight_ih" + suffix),
            weights.apply("rnn.weight_hh" + suffix),
            weights.apply("rnn.bias_ih" + suffix),
            weights.apply("rnn.bias_hh" + suffix));
    Node h;
    Tensor c;
    if (config.layers().layerNorm()) {
      CellEquations.Gains gains =
          new CellEquations.Gains(
              weights.apply("rnn.norm_ih" + suffix), weights.apply("rnn.norm_hh" + suffix));
      var states = ComposedLayer.of(tape, cell, direction, packing, x, first, w, gains);
      h = states.h();
      c = cell.hasC() ? states.c().value() : null;
    } else {
      var states = Recurrent.of(tape, cell, direction, packing, x, first.h(), first.c(), w);
      h = states.h();
      c = states.c();
    }
    after.add(h.value());
    if (c != null) {
      after.add(c);
    }
    return h;
  }
}
