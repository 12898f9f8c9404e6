package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initial;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Dropout;
import dev.eddy.operators.graph.LayerNorm;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Prelu;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.EarlyStopping;
import dev.eddy.operators.training.L2;
import dev.eddy.operators.training.Learner;
import dev.eddy.operators.training.LearningRate;
import dev.eddy.operators.training.Optimizer;
import dev.eddy.operators.training.Sgd;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How weights are found, and kept from knowing their examples by heart. */
class LearningLectureTest {
  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 1);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  @Test
  @DisplayName("L21 SGD: w ← w − η ∂R/∂w on R = ½(w − 3)²")
  void sgd() {
    assertPath(Sgd.plain(), 0, 1.2f, 1.38f, 1.542f);
  }

  @Test
  @DisplayName("L21 momentum: w ← w − ηv, v ← ½v + ∂R/∂w")
  void momentum() {
    // v = -2, then -1 - 1.8 = -2.8, then -1.4 - 1.52 = -2.92
    assertPath(Sgd.momentum(0.5), 0, 1.2f, 1.48f, 1.772f);
  }

  @Test
  @DisplayName("L21 Adam: w ← w − η m̂ / (√v̂ + ε), m and v the fading means of g and g²")
  void adam() {
    assertPath(Adam.standard(), 0, adamByHand(0, 0));
    assertPath(Adam.standard(), 1, adamByHand(1, 0));
    assertEquals(1.1, adamByHand(0, 0)[0], 1e-6, "the first step is η whatever the gradient");
    assertEquals(1.1, adamByHand(1, 0)[0], 1e-6);
  }

  @Test
  @DisplayName("L21 AdamW: before Adam's step the weight decays apart from the gradient: w(1 − ηλ)")
  void adamw() {
    assertPath(Adam.decoupled(0.2), 0, adamByHand(0, 0.2));
    assertEquals(1 - 0.1 * 0.2 + 0.1, adamByHand(0, 0.2)[0], 1e-6);
  }

  /**
   * Four steps on ½(w − 3)² + λ/2 w² from w = 1 (Kingma and Ba 2015, Loshchilov and Hutter 2019).
   */
  private static float[] adamByHand(double lambda, double decay) {
    float[] path = new float[4];
    double w = 1;
    double m = 0;
    double v = 0;
    for (int t = 1; t <= path.length; t++) {
      double g = w - 3 + lambda * w;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      double step = m / (1 - Math.pow(0.9, t)) / (Math.sqrt(v / (1 - Math.pow(0.999, t))) + 1e-8);
      w = w * (1 - 0.1 * decay) - 0.1 * step;
      path[t - 1] = (float) w;
    }
    return path;
  }

  @Test
  @DisplayName("L21 L2: λ/2 w² adds λw to the gradient")
  void penalty() {
    // w = 1: gradient -2 + 0.5, then w = 1.15: -1.85 + 0.575
    assertPath(Sgd.plain(), 0.5, 1.15f, 1.2775f);
  }

  @Test
  @DisplayName("L21 L2 and AdamW: weight matrices decay, no bias, gain, shift or slope does")
  void vectorsDoNotDecay() {
    Node rows = weights.layerNorm(tape, "norm", weights.affine(tape, "a", tape.node(2, 3), 4));
    Prelu.of(tape, rows, weights.vector("slope", 4, Initial.ONES));
    weights.recurrent("rnn", Cell.LSTM, 4, 4);
    Set<String> matrices = Set.of("a.weight", "rnn.weight_ih", "rnn.weight_hh");
    Map<String, float[]> before = weights.copy();
    weights.zeroGradients();
    L2.add(kernel, weights.parameters(), 0.5);
    weights
        .parameters()
        .forEach(
            p -> {
              float[] expected =
                  scaled(before.get(p.name()), matrices.contains(p.name()) ? 0.5 : 0);
              assertArrayEquals(expected, p.node().gradient().get(), 1e-7f, p.name());
            });

    weights.zeroGradients();
    Adam.decoupled(0.5).of(kernel, weights.scope(), weights.parameters(), List.of()).step(0.1);
    weights
        .copy()
        .forEach(
            (name, after) -> {
              float[] expected = scaled(before.get(name), matrices.contains(name) ? 0.95 : 1);
              assertArrayEquals(expected, after, 1e-7f, name);
            });
  }

  private static float[] scaled(float[] values, double factor) {
    float[] scaled = new float[values.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (factor * values[i]);
    }
    return scaled;
  }

  /** Weights after steps of rate 0.1 on ½(w − 3)² from w = 1. */
  private void assertPath(Optimizer.Choice choice, double lambda, float... path) {
    try (Weights one = new Weights(kernel, 1);
        Tape steps = new Tape(kernel)) {
      Node w = one.get("w", 1, 1, Initial.ONES);
      Node losses = SquaredError.of(steps, w, steps.constant(1, 1, 3));
      Learner learner = new Learner(one, choice).l2(lambda);
      for (float expected : path) {
        learner.step(steps, losses, 0.1);
        assertEquals(expected, w.value().get()[0], 1e-6f);
      }
    }
  }

  @Test
  @DisplayName("L21 learning rate: it warms up over 4 steps, then falls along a cosine to 0")
  void schedule() {
    LearningRate rate = new LearningRate(0.4, 4, 12, LearningRate.Decay.COSINE);
    Node w = weights.get("w", 1, 1, Initial.ZEROS);
    Node losses = SquaredError.of(tape, w, tape.constant(1, 1, 1));
    Learner learner = new Learner(weights, Sgd.plain());
    double distance = 1;
    for (int step = 1; step <= 12; step++) {
      learner.step(tape, losses, rate.at(step));
      double expected = step <= 4 ? 0.1 * step : 0.2 * (1 + Math.cos(Math.PI * (step - 4) / 8));
      distance *= 1 - expected;
      assertEquals(1 - distance, w.value().get()[0], 1e-6);
    }
    float before = w.value().get()[0];
    learner.step(tape, losses, rate.at(13));
    assertEquals(before, w.value().get()[0]);
  }

  @Test
  @DisplayName("L21 seeds: the same seed learns the same weights to the bit, dropout and all")
  void seeds() {
    Lesson one = new Lesson(0.5f);
    Lesson same = new Lesson(0.5f);
    for (int step = 0; step < 30; step++) {
      one.step();
      same.step();
    }
    Map<String, float[]> expected = one.own.copy();
    same.own.copy().forEach((name, values) -> assertArrayEquals(expected.get(name), values, name));
    one.close();
    same.close();
  }

  @Test
  @DisplayName("L21 clipping: each gradient by value, then all by norm")
  void clipping() {
    Node w = weights.get("w", 1, 3, Initial.ZEROS);
    Node losses = SquaredError.of(tape, w, tape.constant(1, 3, -10, 4, 0.5f));
    new Learner(weights, Sgd.plain()).clipValue(4).gradients(tape, losses);
    assertArrayEquals(new float[] {4, -4, -0.5f}, w.gradient().get());
    new Learner(weights, Sgd.plain()).clipValue(4).clipNorm(1).gradients(tape, losses);
    double norm = Math.sqrt(16 + 16 + 0.25);
    float[] expected = {(float) (4 / norm), (float) (-4 / norm), (float) (-0.5 / norm)};
    assertArrayEquals(expected, w.gradient().get(), 1e-6f);
  }

  @Test
  @DisplayName("L21 mini-batches: their gradients average to that of all examples")
  void miniBatches() {
    float[] examples = random(new Random(1), 6 * 4, 1);
    float[] mean = new float[4];
    float[] whole = gradient(examples);
    for (int i = 0; i < 3; i++) {
      float[] part = gradient(Arrays.copyOfRange(examples, 8 * i, 8 * (i + 1)));
      for (int j = 0; j < 4; j++) {
        mean[j] += part[j] / 3;
      }
    }
    assertArrayEquals(whole, mean, 1e-6f);
  }

  private float[] gradient(float[] examples) {
    tape.reset();
    Node x = tape.constant(examples.length / 4, 4, examples);
    Node y = weights.affine(tape, "layer", x, 1);
    Node losses = SquaredError.of(tape, y, tape.constant(examples.length / 4, 1));
    new Learner(weights, Sgd.plain()).gradients(tape, losses);
    return weights.parameters().get(0).node().gradient().get();
  }

  @Test
  @DisplayName("L21 random initialisation: from zeros all hidden units stay the same")
  void symmetry() {
    for (Initial initial : new Initial[] {Initial.ZEROS, Initial.ORTHOGONAL}) {
      try (Weights own = new Weights(kernel, 3);
          Tape lesson = new Tape(kernel)) {
        own.get("hidden.weight", 3, 2, initial);
        own.get("output.weight", 2, 3, Initial.ONES);
        Node x = lesson.constant(4, 2, 0, 0, 0, 1, 1, 0, 1, 1);
        own.vector("hidden.bias", 3, Initial.ZEROS);
        Node hidden = Apply.of(lesson, Function.TANH, own.affine(lesson, "hidden", x, 3));
        Node logits = own.affine(lesson, "output", hidden, 2);
        Node losses = CrossEntropy.of(lesson, logits, new int[] {0, 1, 1, 0});
        Learner learner = new Learner(own, Sgd.plain());
        for (int step = 0; step < 50; step++) {
          learner.step(lesson, losses, 0.5);
        }
        float[] w = own.copy().get("hidden.weight");
        boolean same = w[0] == w[2] && w[2] == w[4] && w[1] == w[3] && w[3] == w[5];
        assertEquals(initial == Initial.ZEROS, same, initial + " " + Arrays.toString(w));
      }
    }
  }

  @Test
  @DisplayName(
      "L21 dropout: drops at its rate, keeps the mean, repeats with its seed, is off in use")
  void dropout() {
    Node x = tape.node(100, 50);
    kernel.fill(x.value(), 1);
    long[] seed = {5};
    Node y = Dropout.of(tape, x, 0.2f, () -> seed[0]);
    tape.forward();
    float[] first = y.value().get();
    int dropped = 0;
    double sum = 0;
    for (float v : first) {
      assertTrue(v == 0 || v == 1.25f, v + "");
      dropped += v == 0 ? 1 : 0;
      sum += v;
    }
    // 5000 draws at 0.2: 1000, deviation 28
    assertEquals(1000, dropped, 4 * 28);
    assertEquals(1, sum / 5000, 4 * 28 * 1.25 / 5000);

    kernel.fill(y.gradient(), 3);
    tape.backward();
    float[] gradient = x.gradient().get();
    for (int i = 0; i < first.length; i++) {
      assertEquals(3 * first[i], gradient[i]);
    }
    tape.forward();
    assertArrayEquals(first, y.value().get());
    seed[0] = 6;
    tape.forward();
    assertTrue(!Arrays.equals(first, y.value().get()));
    tape.learning(false);
    tape.forward();
    assertArrayEquals(x.value().get(), y.value().get());
  }

  @Test
  @DisplayName("L21 layer norm: each row has mean 0 and deviation 1 before its gain and shift")
  void layerNorm() {
    Node x = tape.constant(2, 4, 1, 2, 3, 4, -100, 100, 100, -100);
    Node y = weights.layerNorm(tape, "norm", x);
    Node gain = tape.constant(1, 4, 1, 2, 3, 4);
    Node shift = tape.constant(1, 4, 0, 0, 10, 10);
    Node scaled = LayerNorm.of(tape, x, gain, shift);
    tape.forward();
    // mean 2.5, variance 1.25
    float a = (float) (0.5 / Math.sqrt(1.25 + 1e-5));
    float[] expected = {-3 * a, -a, a, 3 * a, -1, 1, 1, -1};
    assertArrayEquals(expected, y.value().get(), 1e-6f);
    float[] more = {-3 * a, -2 * a, 3 * a + 10, 12 * a + 10, -1, 2, 13, 6};
    assertArrayEquals(more, scaled.value().get(), 4e-6f);
  }

  @Test
  @DisplayName("L21 early stopping: ends before the examples are known by heart, keeps the best")
  void earlyStopping() {
    Lesson lesson = new Lesson(0);
    EarlyStopping stopping = new EarlyStopping(lesson.own, 20);
    int steps = 0;
    while (steps < 400 && !stopping.stop(lesson.heldOut())) {
      lesson.step();
      steps++;
    }
    double atTheEnd = lesson.heldOut();
    stopping.restore();
    double kept = lesson.heldOut();
    assertTrue(steps < 400, "stopped after " + steps);
    assertEquals(stopping.least(), kept, "the weights of the least loss are back");
    assertTrue(kept < atTheEnd, kept + " kept, " + atTheEnd + " at the end");
    lesson.close();
  }

  @Test
  @DisplayName("L21 dropout: without it the same network knows its examples and errs on others")
  void dropoutActs() {
    double[] heldOut = new double[2];
    double[] learned = new double[2];
    for (int i = 0; i < 2; i++) {
      Lesson lesson = new Lesson(i == 0 ? 0 : 0.5f);
      for (int step = 0; step < 200; step++) {
        lesson.step();
      }
      heldOut[i] = lesson.heldOut();
      learned[i] = lesson.learned();
      lesson.close();
    }
    assertTrue(learned[0] < learned[1], "known by heart: " + Arrays.toString(learned));
    assertTrue(heldOut[1] < 0.8 * heldOut[0], "held out: " + Arrays.toString(heldOut));
  }

  /** A wide network on 200 noisy examples of one simple rule, and 400 others to judge it by. */
  private final class Lesson {
    private final Weights own = new Weights(kernel, 4);
    private final Tape lesson = new Tape(kernel);
    private final Tape judge = new Tape(kernel);
    private final Learner learner = new Learner(own, Adam.standard());
    private final Node losses;
    private final Node others;

    Lesson(float rate) {
      Random random = new Random(7);
      losses = losses(lesson, 200, rate, random);
      others = losses(judge, 400, rate, random);
      judge.learning(false);
    }

    private Node losses(Tape on, int n, float rate, Random random) {
      float[] points = random(random, n * 10, 1);
      int[] labels = new int[n];
      for (int i = 0; i < n; i++) {
        boolean noise = random.nextInt(5) == 0;
        labels[i] = (points[10 * i] + points[10 * i + 1] > 0) ^ noise ? 1 : 0;
      }
      Node x = on.constant(n, 10, points);
      Node hidden = Apply.of(on, Function.RELU, own.affine(on, "hidden", x, 64));
      Node some = Dropout.of(on, hidden, rate, own::nextSeed);
      return CrossEntropy.of(on, own.affine(on, "output", some, 2), labels);
    }

    void step() {
      learner.step(lesson, losses, 0.01);
    }

    double heldOut() {
      return Learner.loss(judge, others);
    }

    double learned() {
      lesson.learning(false);
      return Learner.loss(lesson, losses);
    }

    void close() {
      lesson.close();
      judge.close();
      own.close();
    }
  }

  private static float[] random(Random random, int n, float bound) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = bound * (2 * random.nextFloat() - 1);
    }
    return values;
  }
}
