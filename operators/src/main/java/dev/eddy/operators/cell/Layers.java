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
import java.util.stream.IntStream;

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
   * @param hidden of each layer, of each timestep h_t {@code [n, H]}, forward only
   * @param after of each layer every h_t {@code [N, H]}, and c_t likewise if any, forward only
   */
  record Recorded(Node y, List<List<Node>> hidden, List<Tensor> after) {}

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
    List<List<Node>> hidden = new ArrayList<>();
    List<Tensor> after = new ArrayList<>();
    for (int k = 0; k < config.numLayers(); k++) {
      Node h0 = before.get(k * parts(config));
      Node c0 = cell.hasC() ? before.get(k * parts(config) + 1) : null;
      var first = new CellEquations.State(h0, c0);
      Layer forward = layer(tape, packing, Direction.FORWARD, k, x, first);
      hidden.add(forward.steps());
      after.add(forward.h().value());
      if (forward.c() != null) {
        after.add(forward.c());
      }
      Node y = forward.h();
      if (config.bidirectional()) {
        Node zero = tape.constant(packing.sequences(), config.hiddenSize());
        var last = new CellEquations.State(zero, cell.hasC() ? zero : null);
        Layer reverse = layer(tape, packing, Direction.REVERSE, k, x, last);
        y = Concatenate.columns(tape, y, reverse.h());
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

  /** Every h_t and c_t of one layer in one direction, and h_t of each timestep on its own. */
  private record Layer(Node h, Tensor c, List<Node> steps) {}

  private Layer layer(
      Tape tape, Packing packing, Direction direction, int k, Node x, CellEquations.State first) {
    String suffix = "_l" + k + (direction == Direction.REVERSE ? "_reverse" : "");
    Recurrent.Weights w =
        new Recurrent.Weights(
            weights.apply("rnn.weight_ih" + suffix),
            weights.apply("rnn.weight_hh" + suffix),
            weights.apply("rnn.bias_ih" + suffix),
            weights.apply("rnn.bias_hh" + suffix));
    if (config.layers().layerNorm()) {
      CellEquations.Gains gains =
          new CellEquations.Gains(
              weights.apply("rnn.norm_ih" + suffix), weights.apply("rnn.norm_hh" + suffix));
      var states = ComposedLayer.of(tape, cell, direction, packing, x, first, w, gains);
      Tensor c = cell.hasC() ? states.c().value() : null;
      return new Layer(states.h(), c, states.steps());
    }
    Recurrent states = Recurrent.of(tape, cell, direction, packing, x, first.h(), first.c(), w);
    List<Node> steps =
        IntStream.range(0, packing.steps())
            .mapToObj(t -> states.h().rows(packing.offset(t), packing.size(t)))
            .toList();
    return new Layer(states.h(), states.c(), steps);
  }
}
