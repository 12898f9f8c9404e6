package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Lstm;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The fused LSTM equals its equations, composed of primitive operations. */
class LstmEquationsTest {
  /** Some ten roundings of values up to about 1 apart, and sums of up to 40 terms of them. */
  private static final float TOLERANCE = 4e-6f;

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best());
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void fusedEqualsComposedInValuesAndEveryGradient(Kernel kernel) {
    for (int hidden : new int[] {1, 7, 16, 33}) {
      Packing packing = new Packing(6, 4, 4, 1, 1);
      try (Tape fused = new Tape(kernel);
          Tape composed = new Tape(kernel)) {
        List<Node> in = inputs(fused, packing, 5, hidden);
        List<Node> sameIn = inputs(composed, packing, 5, hidden);
        Lstm lstm = Lstm.of(fused, packing, in.get(0), in.get(1), in.get(2), weights(in));
        List<Node> h = new ArrayList<>();
        List<Node> c = new ArrayList<>();
        compose(composed, packing, sameIn, h, c);
        Node all = Concatenate.rows(composed, h.toArray(new Node[0]));
        Node cells = Concatenate.rows(composed, c.toArray(new Node[0]));

        run(fused, lstm.h());
        run(composed, all);

        assertArrayEquals(all.value().get(), lstm.h().value().get(), TOLERANCE);
        assertArrayEquals(cells.value().get(), lstm.c().get(), TOLERANCE);
        for (int i = 0; i < in.size(); i++) {
          assertArrayEquals(
              sameIn.get(i).gradient().get(), in.get(i).gradient().get(), TOLERANCE, "input " + i);
        }
      }
    }
  }

  private static void compose(
      Tape tape, Packing packing, List<Node> in, List<Node> h, List<Node> c) {
    var state = new LstmEquations.State(in.get(1), in.get(2));
    for (int t = 0; t < packing.steps(); t++) {
      int n = packing.size(t);
      var running = new LstmEquations.State(state.h().rows(0, n), state.c().rows(0, n));
      Node x = in.get(0).rows(packing.offset(t), n);
      state = LstmEquations.step(tape, x, running, weights(in));
      h.add(state.h());
      c.add(state.c());
    }
  }

  /** x, h0, c0, then the weights; the same numbers on every tape. */
  private static List<Node> inputs(Tape tape, Packing packing, int inputs, int hidden) {
    Random random = new Random(3);
    int[][] shapes = {
      {packing.rows(), inputs},
      {packing.sequences(), hidden},
      {packing.sequences(), hidden},
      {4 * hidden, inputs},
      {4 * hidden, hidden},
      {1, 4 * hidden},
      {1, 4 * hidden}
    };
    List<Node> nodes = new ArrayList<>();
    for (int[] shape : shapes) {
      Node node = tape.node(shape[0], shape[1]);
      node.value().set(uniform(random, shape[0] * shape[1]));
      nodes.add(node);
    }
    return nodes;
  }

  private static Lstm.Weights weights(List<Node> in) {
    return new Lstm.Weights(in.get(3), in.get(4), in.get(5), in.get(6));
  }

  private static void run(Tape tape, Node y) {
    tape.forward();
    tape.zeroGradients();
    y.gradient().set(uniform(new Random(4), y.rows() * y.columns()));
    tape.backward();
  }

  private static float[] uniform(Random random, int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }
}
