package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one perceptron can say, what it cannot, and what a hidden layer learns. */
class PerceptronLectureTest {
  private static final float[] PAIRS = {0, 0, 0, 1, 1, 0, 1, 1};

  private final Kernel kernel = Kernels.best();

  @Test
  @DisplayName("L6 perceptrons: OR is −0.5 + x₁ + x₂ > 0, AND is −1.5 + x₁ + x₂ > 0")
  void orAndAnd() {
    try (Tape tape = new Tape(kernel)) {
      Node x = tape.constant(4, 2, PAIRS);
      Node or = perceptron(tape, x, -0.5f, 1, 1);
      Node and = perceptron(tape, x, -1.5f, 1, 1);
      tape.forward();
      assertArrayEquals(new float[] {0, 1, 1, 1}, or.value().get());
      assertArrayEquals(new float[] {0, 0, 0, 1}, and.value().get());
    }
  }

  @ParameterizedTest(name = "L6 perceptrons: majority of {0} is −0.5 n + Σ xᵢ > 0")
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void majority(int n) {
    int cases = 1 << n;
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    float[] bits = new float[cases * n];
    float[] expected = new float[cases];
    for (int i = 0; i < cases; i++) {
      for (int j = 0; j < n; j++) {
        bits[i * n + j] = i >> j & 1;
      }
      expected[i] = 2 * Integer.bitCount(i) > n ? 1 : 0;
    }
    try (Tape tape = new Tape(kernel)) {
      Node y = perceptron(tape, tape.constant(cases, n, bits), -0.5f * n, ones);
      tape.forward();
      assertArrayEquals(expected, y.value().get());
    }
  }

  @Test
  @DisplayName(
      "L6 perceptrons: XOR is −0.5 + v₁ + v₂ on v₁ = −1.5 + 2x₁ − x₂, v₂ = −1.5 + 2x₂ − x₁")
  void xorByAHiddenLayer() {
    try (Tape tape = new Tape(kernel)) {
      Node x = tape.constant(4, 2, PAIRS);
      Node weight = tape.constant(2, 2, 2, -1, -1, 2);
      Node sums = Affine.of(tape, x, weight, tape.constant(1, 2, -1.5f, -1.5f));
      Node v = Apply.of(tape, Function.THRESHOLD, sums);
      Node y = perceptron(tape, v, -0.5f, 1, 1);
      tape.forward();
      assertArrayEquals(new float[] {0, 0, 0, 1, 1, 0, 0, 0}, v.value().get());
      assertArrayEquals(new float[] {0, 1, 1, 0}, y.value().get());
    }
  }

  @Test
  @DisplayName("L6 perceptrons: XOR is learned from scratch, from each of 20 seeds")
  void xorIsLearned() {
    int[] xor = {0, 1, 1, 0};
    for (long seed = 1; seed <= 20; seed++) {
      try (Weights weights = new Weights(kernel, seed);
          Tape tape = new Tape(kernel)) {
        Node x = tape.constant(4, 2, PAIRS);
        Node hidden = Apply.of(tape, Function.TANH, weights.affine(tape, "hidden", x, 8));
        Node logits = weights.affine(tape, "output", hidden, 2);
        Node losses = CrossEntropy.of(tape, logits, xor);
        Learner learner = new Learner(weights, Adam.standard());
        for (int step = 0; step < 300; step++) {
          learner.step(tape, losses, 0.05);
        }
        int[] y = new int[4];
        tape.forward();
        kernel.argmax(logits.value(), y);
        assertArrayEquals(xor, y, "seed " + seed);
      }
    }
  }

  @Test
  @DisplayName(
      "L7 identity network 8-3-8: learns a code of 3 units, all 8 patterns, from each of 20 seeds")
  void identity() {
    float[] patterns = new float[64];
    for (int i = 0; i < 8; i++) {
      patterns[9 * i] = 1;
    }
    int binary = 0;
    for (long seed = 1; seed <= 20; seed++) {
      try (Weights weights = new Weights(kernel, seed);
          Tape tape = new Tape(kernel)) {
        Node x = tape.constant(8, 8, patterns);
        Node code = Apply.of(tape, Function.SIGMOID, weights.affine(tape, "code", x, 3));
        Node y = Apply.of(tape, Function.SIGMOID, weights.affine(tape, "output", code, 8));
        Node losses = SquaredError.of(tape, y, x);
        Learner learner = new Learner(weights, Adam.standard());
        for (int step = 0; step < 3000; step++) {
          learner.step(tape, losses, 0.03);
        }
        tape.forward();
        assertArrayEquals(patterns, rounded(y.value().get()), "seed " + seed);
        Set<String> bits = new HashSet<>();
        for (int i = 0; i < 8; i++) {
          float[] units = code.value().rows(i, 1).get();
          bits.add(Arrays.toString(rounded(units)));
          for (int j = 0; j < i; j++) {
            float apart = apart(units, code.value().rows(j, 1).get());
            assertTrue(apart > 0.25, "seed " + seed + ": " + i + " and " + j + ", " + apart);
          }
        }
        binary += bits.size() == 8 ? 1 : 0;
      }
    }
    assertTrue(binary > 10, binary + " of 20 codes are binary");
  }

  /** By how much the units differ where they differ most. */
  private static float apart(float[] a, float[] b) {
    float most = 0;
    for (int k = 0; k < a.length; k++) {
      most = Math.max(most, Math.abs(a[k] - b[k]));
    }
    return most;
  }

  /** 1 where bias + Σ weights x > 0, for each row of x. */
  private static Node perceptron(Tape tape, Node x, float bias, float... weights) {
    Node weight = tape.constant(1, weights.length, weights);
    Node sum = Affine.of(tape, x, weight, tape.constant(1, 1, bias));
    return Apply.of(tape, Function.THRESHOLD, sum);
  }

  private static float[] rounded(float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = Math.round(values[i]);
    }
    return rounded;
  }
}
