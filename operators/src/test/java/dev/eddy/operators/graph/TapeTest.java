package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import org.junit.jupiter.api.Test;

class TapeTest {
  @Test
  void chainRuleOnAProductOfASum() {
    try (Tape tape = new Tape(Kernels.scalar())) {
      Node x = scalar(tape, -2);
      Node y = scalar(tape, 5);
      Node z = scalar(tape, -4);
      Node f = Multiply.of(tape, Add.of(tape, x, y), z);
      run(tape, f);
      assertArrayEquals(new float[] {-12}, f.value().get());
      assertArrayEquals(new float[] {-4}, x.gradient().get());
      assertArrayEquals(new float[] {-4}, y.gradient().get());
      assertArrayEquals(new float[] {3}, z.gradient().get());
    }
  }

  @Test
  void sigmoidIsNegateExpAddDivide() {
    try (Tape tape = new Tape(Kernels.best())) {
      float[] values = {-20, -3, -0.5f, 0, 0.25f, 2, 15};
      Node x = tape.node(1, values.length);
      Node one = tape.constant(1, values.length);
      Node again = tape.node(1, values.length);
      x.value().set(values);
      again.value().set(values);
      one.value().set(1, 1, 1, 1, 1, 1, 1);
      Node sigmoid = Apply.of(tape, Function.SIGMOID, x);
      Node exp = Apply.of(tape, Function.EXP, Apply.of(tape, Function.NEGATE, again));
      Node composed = Apply.of(tape, Function.RECIPROCAL, Add.of(tape, one, exp));
      run(tape, sigmoid, composed);
      // three roundings more, and 1 + exp(-x) loses the low bits of exp(-x)
      assertArrayEquals(sigmoid.value().get(), composed.value().get(), 3e-7f);
      assertArrayEquals(x.gradient().get(), again.gradient().get(), 3e-7f);
    }
  }

  @Test
  void gradientsAddWhereAValueFansOut() {
    try (Tape tape = new Tape(Kernels.scalar())) {
      Node x = scalar(tape, 3);
      Node f = Add.of(tape, Multiply.of(tape, x, x), x);
      run(tape, f);
      assertArrayEquals(new float[] {12}, f.value().get());
      assertArrayEquals(new float[] {7}, x.gradient().get());
    }
  }

  @Test
  void gradientsOfViewsAddToTheWhole() {
    try (Tape tape = new Tape(Kernels.scalar())) {
      Node x = tape.node(2, 3);
      x.value().set(1, 2, 3, 4, 5, 6);
      Node f = Multiply.of(tape, x.columns(0, 2), x.columns(1, 2));
      run(tape, f);
      assertArrayEquals(new float[] {2, 1 + 3, 2, 5, 4 + 6, 5}, x.gradient().get());
    }
  }

  @Test
  void runsAgainWithOtherValuesAndNothingLeftOver() {
    try (Tape tape = new Tape(Kernels.scalar())) {
      Node x = scalar(tape, 3);
      Node f = Multiply.of(tape, x, x);
      run(tape, f);
      x.value().set(-5);
      run(tape, f);
      assertArrayEquals(new float[] {25}, f.value().get());
      assertArrayEquals(new float[] {-10}, x.gradient().get());
    }
  }

  @Test
  void recordingOtherShapesReusesTheMemory() {
    long before = Scope.heldBytes();
    try (Tape tape = new Tape(Kernels.best())) {
      long held = 0;
      for (int i = 0; i < 50; i++) {
        tape.reset();
        Node x = tape.node(100 + 10 * (i % 3), 70);
        run(tape, Multiply.of(tape, x, x));
        if (i == 3) {
          held = Scope.heldBytes();
        }
      }
      assertEquals(held, Scope.heldBytes());
    }
    assertEquals(before, Scope.heldBytes());
  }

  private static Node scalar(Tape tape, float value) {
    Node node = tape.node(1, 1);
    node.value().set(value);
    return node;
  }

  private static void run(Tape tape, Node... outputs) {
    tape.forward();
    tape.zeroGradients();
    for (Node output : outputs) {
      tape.kernel().fill(output.gradient(), 1);
    }
    tape.backward();
  }

  /** What is computed on the tape, or set there, is read in every run all the same. */
  @Test
  void weightsThatAreFixedArePackedOnce() {
    for (boolean fixed : new boolean[] {false, true}) {
      try (Scope scope = Kernels.best().open();
          Tape tape = new Tape(Kernels.best())) {
        Node weight = Parameter.of(scope, "w", true, 1, 1, new float[] {2}).node();
        Node zero = Parameter.of(scope, "b", false, 1, 1, new float[1]).node();
        if (fixed) {
          tape.fixWeights();
        }
        Node x = tape.constant(1, 1, 0.5f);
        Node affine = Affine.of(tape, x, weight, null);
        Node square = Affine.of(tape, affine, affine, null);
        var weights = new Recurrent.Weights(weight, zero, zero, zero);
        Node h0 = tape.constant(1, 1);
        var forward = Recurrent.Direction.FORWARD;
        Node h =
            Recurrent.of(tape, Cell.RNN_RELU, forward, new Packing(1), x, h0, null, weights).h();
        tape.forward();
        assertEquals(1, affine.value().get()[0]);
        assertEquals(1, h.value().get()[0]);
        weight.value().set(6);
        x.value().set(1.5f);
        tape.forward();
        float expected = 1.5f * (fixed ? 2 : 6);
        assertEquals(expected, affine.value().get()[0]);
        assertEquals(expected * expected, square.value().get()[0]);
        assertEquals(expected, h.value().get()[0]);
      }
    }
  }
}
