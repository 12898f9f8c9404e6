package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Extremum;
import dev.eddy.operators.graph.Multiply;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Prelu;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A network is a graph of operations, each of which knows only its own derivative. */
class GraphLectureTest {
  private final Tape tape = new Tape(Kernels.best());

  @AfterEach
  void close() {
    tape.close();
  }

  @Test
  @DisplayName("L1 computational graph: the chain rule on f(x, y, z) = (x + y) z")
  void chainRule() {
    Node x = input(-2);
    Node y = input(5);
    Node z = input(-4);
    Node f = Multiply.of(tape, Add.of(tape, x, y), z);

    backward(f, 1);

    assertValue(-12, f);
    assertGradient(-4, x);
    assertGradient(-4, y);
    assertGradient(3, z);
  }

  @Test
  @DisplayName("L1 computational graph: sigmoid is one node, or negate, exp, add and divide")
  void anyGranularity() {
    float[] points = {-4, -1, 0, 0.5f, 3};
    Node x = input(points);
    Node again = input(points);

    Node sigmoid = Apply.of(tape, Function.SIGMOID, x);
    Node exp = Apply.of(tape, Function.EXP, Apply.of(tape, Function.NEGATE, again));
    Node one = tape.constant(1, 5, 1, 1, 1, 1, 1);
    Node composed = Apply.of(tape, Function.RECIPROCAL, Add.of(tape, one, exp));
    backward(sigmoid, 1, 1, 1, 1, 1);
    backward(composed, 1, 1, 1, 1, 1);

    assertArrayEquals(sigmoid.value().get(), composed.value().get(), 2e-7f);
    assertArrayEquals(x.gradient().get(), again.gradient().get(), 2e-7f);
    assertEquals(0.25f, x.gradient().get()[2], 1e-7f);
  }

  @Test
  @DisplayName("L1 computational graph: gradients add where a value fans out")
  void fanOut() {
    Node x = input(3);
    Node f = Add.of(tape, Multiply.of(tape, x, x), x);
    backward(f, 1);
    assertValue(12, f);
    assertGradient(2 * 3 + 1, x);
  }

  @Test
  @DisplayName("L2 gates: add distributes the gradient, multiply switches the inputs")
  void addAndMultiply() {
    Node a = input(3);
    Node b = input(-5);
    backward(Add.of(tape, a, b), 2);
    assertGradient(2, a);
    assertGradient(2, b);

    Node c = input(3);
    Node d = input(-5);
    backward(Multiply.of(tape, c, d), 2);
    assertGradient(2 * -5, c);
    assertGradient(2 * 3, d);
  }

  @Test
  @DisplayName("L2 gates: max and min route the gradient to one input, of equals to the first")
  void maxAndMin() {
    Node a = input(1, 7, 4);
    Node b = input(2, 6, 4);
    Node greatest = Extremum.max(tape, a, b);
    backward(greatest, 10, 20, 30);
    assertValue(greatest, 2, 7, 4);
    assertGradient(a, 0, 20, 30);
    assertGradient(b, 10, 0, 0);

    Node c = input(1, 7, 4);
    Node d = input(2, 6, 4);
    Node least = Extremum.min(tape, c, d);
    backward(least, 10, 20, 30);
    assertValue(least, 1, 6, 4);
    assertGradient(c, 10, 0, 30);
    assertGradient(d, 0, 20, 0);
  }

  @Test
  @DisplayName("L8 recipes: linear gives δaᵀ, Wᵀδ and δ")
  void linear() {
    Node a = input(1, 2, 3);
    Node weight = tape.node(2, 3);
    weight.value().set(1, 0, -1, 2, 1, 0);
    Node bias = input(0.5f, -0.5f);
    Node z = Affine.of(tape, a, weight, bias);

    backward(z, 10, -1);

    assertValue(z, 1 - 3 + 0.5f, 2 + 2 - 0.5f);
    assertGradient(weight, 10, 20, 30, -1, -2, -3);
    assertGradient(a, 10 - 2, -1, -10);
    assertGradient(bias, 10, -1);
  }

  @Test
  @DisplayName(
      "L8 recipes: sigmoid gives σ(1 − σ)δ, ReLU lets δ pass, softmax + cross entropy P − Y")
  void elementwise() {
    Node z = input((float) Math.log(3), -1, 2);
    backward(Apply.of(tape, Function.SIGMOID, z), 16, 0, 0);
    assertArrayEquals(new float[] {0.75f * 0.25f * 16, 0, 0}, z.gradient().get(), 1e-6f);

    Node r = input(-1, 2, 5);
    backward(Apply.of(tape, Function.RELU, r), 3, 4, 5);
    assertGradient(r, 0, 4, 5);

    Node logits = input((float) Math.log(1), (float) Math.log(2), (float) Math.log(5));
    backward(CrossEntropy.of(tape, logits, new int[] {1}), 1);
    float[] difference = {1 / 8f, 2 / 8f - 1, 5 / 8f};
    assertArrayEquals(difference, logits.gradient().get(), 1e-6f);
  }

  /** The Jacobian of 4096 activations by their inputs alone would be 64 MiB. */
  @Test
  @DisplayName("L8 recipes: of no activation is a Jacobian ever made")
  void noJacobian() {
    for (Function f : Function.values()) {
      if (f.differentiable()) {
        assertNoJacobian((own, z) -> Apply.of(own, f, z));
      }
    }
    assertNoJacobian((own, z) -> Prelu.leaky(own, z, 0.1f));
    assertNoJacobian((own, z) -> Prelu.of(own, z, own.node(1, z.columns())));
    assertNoJacobian(Softmax::of);
    assertNoJacobian((own, z) -> CrossEntropy.of(own, z, new int[1]));
  }

  private static void assertNoJacobian(BiFunction<Tape, Node, Node> activation) {
    int n = 4096;
    long before = Scope.heldBytes();
    try (Tape own = new Tape(Kernels.best())) {
      Node z = own.node(1, n);
      own.kernel().fill(z.value(), 1);
      Node y = activation.apply(own, z);
      own.forward();
      own.kernel().fill(y.gradient(), 4);
      own.backward();
      long held = Scope.heldBytes() - before;
      assertTrue(held >= 8L * n && held < 4L * n * n / 8, held + " bytes");
    }
  }

  /**
   * The recursion weight by weight: of an output {@code δ_k = (o_k - t_k) o_k (1 - o_k)}, of a
   * hidden unit {@code δ_j = h_j (1 - h_j) Σ_k w_kj δ_k}, and {@code ∂E/∂w_ji = δ_j x_i}.
   */
  @Test
  @DisplayName("L8 recipes: the recursion δ_j weight by weight is what the graph computes")
  void recursion() {
    Random random = new Random(4);
    Node x = input(0.3f, -0.8f, 0.5f);
    Node hiddenWeight = random(4, 3, random);
    Node outputWeight = random(2, 4, random);
    Node target = tape.constant(1, 2, 1, 0);
    Node h = Apply.of(tape, Function.SIGMOID, Affine.of(tape, x, hiddenWeight, null));
    Node o = Apply.of(tape, Function.SIGMOID, Affine.of(tape, h, outputWeight, null));

    backward(SquaredError.of(tape, o, target), 1);

    float[] w = outputWeight.value().get();
    double[] delta = new double[2];
    for (int k = 0; k < 2; k++) {
      double out = o.value().get()[k];
      delta[k] = (out - target.value().get()[k]) * out * (1 - out);
    }
    for (int j = 0; j < 4; j++) {
      double hidden = h.value().get()[j];
      double sum = w[j] * delta[0] + w[4 + j] * delta[1];
      for (int k = 0; k < 2; k++) {
        assertEquals(delta[k] * hidden, outputWeight.gradient().get()[4 * k + j], 1e-7);
      }
      for (int i = 0; i < 3; i++) {
        double expected = hidden * (1 - hidden) * sum * x.value().get()[i];
        assertEquals(expected, hiddenWeight.gradient().get()[3 * j + i], 1e-7);
      }
    }
  }

  private Node input(float... values) {
    Node node = tape.node(1, values.length);
    node.value().set(values);
    return node;
  }

  private Node random(int rows, int columns, Random random) {
    Node node = tape.node(rows, columns);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    node.value().set(values);
    return node;
  }

  /** Runs what is recorded forward, then back from y with this gradient and all others 0. */
  private void backward(Node y, float... gradient) {
    float[] values = y.gradient().get();
    assertEquals(values.length, gradient.length);
    tape.forward();
    y.gradient().set(gradient);
    tape.backward();
    y.gradient().set(values);
  }

  private static void assertValue(float value, Node node) {
    assertValue(node, value);
  }

  private static void assertValue(Node node, float... values) {
    assertArrayEquals(values, node.value().get());
  }

  private static void assertGradient(float value, Node node) {
    assertGradient(node, value);
  }

  private static void assertGradient(Node node, float... values) {
    assertArrayEquals(values, node.gradient().get());
  }
}
