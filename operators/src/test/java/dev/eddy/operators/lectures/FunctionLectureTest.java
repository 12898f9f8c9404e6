package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Entropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Prelu;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Activations and losses: their values and derivatives, at the odd points too. */
class FunctionLectureTest {
  private static final float LOG2 = (float) Math.log(2);
  private static final float LOG3 = (float) Math.log(3);

  private final Tape tape = new Tape(Kernels.best());

  @AfterEach
  void close() {
    tape.close();
  }

  @Test
  @DisplayName("L5 activations: value and derivative of each, at 0 too")
  void activations() {
    Node x = input(-LOG3, 0, LOG3);
    check(Apply.of(tape, Function.LINEAR, x), x, values(-LOG3, 0, LOG3), values(1, 1, 1));
    Node s = input(-LOG3, 0, LOG3);
    check(
        Apply.of(tape, Function.SIGMOID, s),
        s,
        values(0.25f, 0.5f, 0.75f),
        values(3 / 16f, 0.25f, 3 / 16f));
    // tanh x = (e²ˣ - 1) / (e²ˣ + 1)
    Node t = input(-LOG3, 0, LOG3);
    check(Apply.of(tape, Function.TANH, t), t, values(-0.8f, 0, 0.8f), values(0.36f, 1, 0.36f));
    Node r = input(-LOG3, 0, LOG3);
    check(Apply.of(tape, Function.RELU, r), r, values(0, 0, LOG3), values(0, 0, 1));
    Node leaky = input(-2, 0, 2);
    check(Prelu.leaky(tape, leaky, 0.1f), leaky, values(-0.2f, 0, 2), values(0.1f, 0.1f, 1));
    Node smooth = input(-LOG3, 0, LOG3);
    check(
        Apply.of(tape, Function.SOFTPLUS, smooth),
        smooth,
        values((float) Math.log(4 / 3.0), LOG2, (float) Math.log(4)),
        values(0.25f, 0.5f, 0.75f));
  }

  @Test
  @DisplayName("L5 activations: PReLU learns its slope, from what is negative only")
  void learnedSlope() {
    Node x = tape.node(3, 1);
    x.value().set(-2, 0, 3);
    Node slope = input(0.25f);
    Node y = Prelu.of(tape, x, slope);
    check(y, x, values(-0.5f, 0, 3), values(0.25f, 0.25f, 1));
    assertArrayEquals(values(-2), slope.gradient().get());
  }

  @Test
  @DisplayName("L5 activations: a threshold fires above 0, and training through it is refused")
  void threshold() {
    Node x = input(-1, 0, 0.001f);
    Node y = Apply.of(tape, Function.THRESHOLD, x);
    tape.forward();
    assertArrayEquals(values(0, 0, 1), y.value().get());
    assertEquals(
        "THRESHOLD: its derivative is 0 wherever it has one;"
            + " train with SIGMOID, TANH or RELU instead",
        assertThrows(UnsupportedOperationException.class, tape::backward).getMessage());
  }

  @Test
  @DisplayName("L9 losses: squared error ½(y − f)²")
  void squaredError() {
    Node f = input(3, -1);
    Node y = tape.constant(1, 2, 1, 1);
    check(SquaredError.of(tape, f, y), f, values(4), values(2, -2));
  }

  @Test
  @DisplayName("L9 losses: H(p, q) = H(p) + KL(p‖q), and their gradients")
  void entropies() {
    Node p = input(0.5f, 0.25f, 0.25f);
    Node q = input(0.25f, 0.25f, 0.5f);
    Node entropy = Entropy.of(tape, p);
    Node cross = Entropy.cross(tape, p, q);
    Node divergence = Entropy.divergence(tape, p, q);

    check(entropy, p, values(1.5f * LOG2), values(LOG2 - 1, 2 * LOG2 - 1, 2 * LOG2 - 1));
    check(cross, q, values(1.75f * LOG2), values(-2, -1, -0.5f));
    check(cross, p, values(1.75f * LOG2), values(2 * LOG2, 2 * LOG2, LOG2));
    check(divergence, q, values(0.25f * LOG2), values(-2, -1, -0.5f));
    check(divergence, p, values(0.25f * LOG2), values(LOG2 + 1, 1, -LOG2 + 1));
    assertEquals(
        cross.value().get()[0], entropy.value().get()[0] + divergence.value().get()[0], 1e-6f);
  }

  @Test
  @DisplayName("L9 losses: 0 log 0 = 0, and a distribution does not diverge from itself")
  void certainty() {
    Node p = tape.constant(1, 3, 0, 1, 0);
    Node q = input(0.25f, 0.5f, 0.25f);
    Node entropy = Entropy.of(tape, p);
    Node none = Entropy.divergence(tape, q, q);
    check(Entropy.cross(tape, p, q), q, values(LOG2), values(0, -2, 0));
    assertArrayEquals(values(0), entropy.value().get());
    assertArrayEquals(values(0), none.value().get());
  }

  @Test
  @DisplayName("L9 losses: cross entropy on labels is H(Y, softmax z)")
  void crossEntropyOnLabels() {
    Node z = input(0.3f, -1.2f, 2);
    Node y = tape.constant(1, 3, 0, 0, 1);
    Node long0 = Entropy.cross(tape, y, Softmax.of(tape, z));
    Node same = input(0.3f, -1.2f, 2);
    Node loss = CrossEntropy.of(tape, same, new int[] {2});
    tape.forward();
    long0.gradient().set(1);
    loss.gradient().set(1);
    tape.backward();
    assertArrayEquals(loss.value().get(), long0.value().get(), 1e-6f);
    assertArrayEquals(same.gradient().get(), z.gradient().get(), 1e-6f);
  }

  private void check(Node y, Node x, float[] values, float[] derivatives) {
    float[] ones = new float[y.gradient().get().length];
    Arrays.fill(ones, 1);
    tape.forward();
    tape.zeroGradients();
    y.gradient().set(ones);
    tape.backward();
    assertArrayEquals(values, y.value().get(), 4e-7f);
    assertArrayEquals(derivatives, x.gradient().get(), 4e-7f);
  }

  private Node input(float... values) {
    Node node = tape.node(1, values.length);
    node.value().set(values);
    return node;
  }

  private static float[] values(float... values) {
    return values;
  }
}
