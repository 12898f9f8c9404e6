package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initial;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.FiniteDifferences;
import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.graph.Multiply;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Prelu;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.L2;
import dev.eddy.operators.training.Learner;
import dev.eddy.operators.training.Sgd;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** From linear regression to the feed-forward classifier. */
class ClassifierLectureTest {
  private static final float LOG3 = (float) Math.log(3);

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 1);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  @Test
  @DisplayName("L3 linear regression: ‖x₁θ₁ + x₂θ₂ − y‖² by hand, and learned")
  void linearRegression() {
    Node x = tape.constant(1, 2, 1, 2);
    Node y = tape.constant(1, 1, 4);
    Node theta = weights.get("theta", 1, 2, Initial.ZEROS);
    theta.value().set(3, -1);
    Node half = SquaredError.of(tape, Affine.of(tape, x, theta, null), y);
    tape.forward();
    half.gradient().set(2);
    tape.backward();
    assertEquals(9, 2 * half.value().get()[0]);
    assertArrayEquals(new float[] {2 * -3 * 1, 2 * -3 * 2}, theta.gradient().get());

    Tape lesson = new Tape(kernel);
    Node inputs = lesson.constant(4, 2, 1, 0, 0, 1, 1, 1, 2, -1);
    Node outputs = lesson.constant(4, 1, 2, -3, -1, 7);
    Node losses = SquaredError.of(lesson, Affine.of(lesson, inputs, theta, null), outputs);
    Learner learner = new Learner(weights, Sgd.plain());
    for (int step = 0; step < 200; step++) {
      learner.step(lesson, losses, 0.3);
    }
    assertArrayEquals(new float[] {2, -3}, theta.value().get(), 1e-5f);
    lesson.close();
  }

  @Test
  @DisplayName("L3 logistic regression: the loss is −log P(y), its gradient P − Y")
  void logisticRegression() {
    Node x = tape.constant(1, 1, 2);
    Node theta = weights.get("theta", 3, 1, Initial.ZEROS);
    theta.value().set(0, (float) Math.log(2) / 2, (float) Math.log(5) / 2);
    Node logits = Affine.of(tape, x, theta, null);
    Node loss = CrossEntropy.of(tape, logits, new int[] {1});

    double value = new Learner(weights, Sgd.plain()).gradients(tape, loss);

    assertEquals(Math.log(4), value, 1e-6);
    assertArrayEquals(new float[] {0.125f, -0.75f, 0.625f}, logits.gradient().get(), 1e-6f);
    assertArrayEquals(new float[] {0.25f, -1.5f, 1.25f}, theta.gradient().get(), 1e-6f);
  }

  @Test
  @DisplayName("L3 binary logistic regression: log(1 + exp z) − yz is two classes with logits 0, z")
  void binaryLogisticRegression() {
    Node z = tape.node(2, 1);
    z.value().set(LOG3, LOG3);
    Node minusY = tape.constant(2, 1, -1, 0);
    Node loss = Add.of(tape, Apply.of(tape, Function.SOFTPLUS, z), Multiply.of(tape, minusY, z));
    Node same = tape.node(2, 1);
    same.value().set(LOG3, LOG3);
    Node two = Concatenate.columns(tape, tape.constant(2, 1), same);
    Node twoLoss = CrossEntropy.of(tape, two, new int[] {1, 0});
    tape.forward();
    loss.gradient().set(1, 1);
    twoLoss.gradient().set(1, 1);
    tape.backward();

    float[] expected = {(float) Math.log(4 / 3.0), (float) Math.log(4)};
    assertArrayEquals(expected, loss.value().get(), 1e-6f);
    assertArrayEquals(expected, twoLoss.value().get(), 1e-6f);
    assertArrayEquals(new float[] {0.75f - 1, 0.75f}, z.gradient().get(), 1e-6f);
    assertArrayEquals(new float[] {0.75f - 1, 0.75f}, same.gradient().get(), 1e-6f);
  }

  @Test
  @DisplayName("L3 logistic regression: logits of ±10000 stay finite by LogSumExp")
  void greatLogits() {
    Node logits = tape.node(2, 3);
    logits.value().set(1e4f, -1e4f, 0, 1e4f, -1e4f, 0);
    Node losses = CrossEntropy.of(tape, logits, new int[] {0, 1});
    tape.forward();
    losses.gradient().set(1, 1);
    tape.backward();
    assertArrayEquals(new float[] {0, 2e4f}, losses.value().get());
    assertArrayEquals(new float[] {0, 0, 0, 1, -1, 0}, logits.gradient().get());
  }

  @Test
  @DisplayName("L3 logistic regression on learned sigmoid features: XOR, which a line cannot part")
  void learnedFeatures() {
    Node x = tape.constant(4, 2, 0, 0, 0, 1, 1, 0, 1, 1);
    int[] y = {0, 1, 1, 0};
    Node line = weights.affine(tape, "line", x, 2);
    Node features = Apply.of(tape, Function.SIGMOID, weights.affine(tape, "features", x, 6));
    Node curved = weights.affine(tape, "theta", features, 2);
    Node losses = Add.of(tape, CrossEntropy.of(tape, line, y), CrossEntropy.of(tape, curved, y));
    Learner learner = new Learner(weights, Adam.standard());
    for (int step = 0; step < 500; step++) {
      learner.step(tape, losses, 0.05);
    }
    assertTrue(correct(line, y) < 4, "a line parts XOR");
    assertEquals(4, correct(curved, y));
  }

  @Test
  @DisplayName("L4 feed-forward classifier: all gradients of a case worked by hand, with λ/2‖W‖²")
  void classifierByHand() {
    float lambda = 0.5f;
    Node x = tape.constant(1, 2, 1, -1);
    Node z0 = weights.affine(tape, "0", x, 2);
    Node a0 = Prelu.leaky(tape, z0, 0.1f);
    Node z1 = weights.affine(tape, "1", a0, 2);
    Node losses = CrossEntropy.of(tape, z1, new int[] {1});
    weights.set(
        Map.of(
            "0.weight", new float[] {1, 0, 0, 1},
            "0.bias", new float[] {0, 0},
            "1.weight", new float[] {LOG3, 1, 0, 2},
            "1.bias", new float[] {0.1f, 0.2f}));

    double loss = new Learner(weights, Sgd.plain()).l2(lambda).gradients(tape, losses);

    // z⁰ = (1, -1), a⁰ = (1, -0.1), z¹ = (log 3, 0), P = (3/4, 1/4), P - Y = (3/4, -3/4)
    assertEquals(Math.log(4), loss, 1e-6);
    assertArrayEquals(new float[] {1, -0.1f}, a0.value().get(), 1e-7f);
    float p = 0.75f;
    assertGradient("1.bias", p, -p);
    assertGradient("1.weight", p + lambda * LOG3, -0.1f * p + lambda, -p, 0.1f * p + lambda * 2);
    // (P - Y) W¹ = 3/4 (log 3, 1 - 2), times 1 and α
    assertGradient("0.bias", p * LOG3, -0.1f * p);
    assertGradient("0.weight", p * LOG3 + lambda, -p * LOG3, -0.1f * p, 0.1f * p + lambda);

    // λ/2 (1 + 1 + log² 3 + 1 + 4), and nothing of the biases
    assertEquals(
        (7 + LOG3 * LOG3) / 4, L2.add(kernel, weights.parameters(), lambda), 1e-6, "penalty");
  }

  @Test
  @DisplayName(
      "L4 feed-forward classifier: its gradients are those of finite differences, with λ/2‖W‖²")
  void classifierAgainstFiniteDifferences() {
    Node x = tape.constant(3, 4, random(12, 5));
    int[] y = {0, 2, 1};
    Node losses = CrossEntropy.of(tape, classifier(x, 5, 3), y);
    List<Input> inputs = FiniteDifferences.inputs(weights.parameters(), List.of());
    FiniteDifferences.assertGradients(tape, losses, inputs, 5, new Random(5));

    // the derivative of λ/2 w² is λ w
    float lambda = 0.3f;
    new Learner(weights, Sgd.plain()).gradients(tape, losses);
    Map<String, float[]> expected = new HashMap<>();
    for (Parameter parameter : weights.parameters()) {
      float[] gradient = parameter.node().gradient().get();
      float[] w = parameter.node().value().get();
      for (int i = 0; i < w.length && parameter.name().endsWith("weight"); i++) {
        gradient[i] += lambda * w[i];
      }
      expected.put(parameter.name(), gradient);
    }
    new Learner(weights, Sgd.plain()).l2(lambda).gradients(tape, losses);
    assertEquals(4, expected.size());
    expected.forEach(this::assertGradient);
  }

  @Test
  @DisplayName("L4 feed-forward classifier: learns three rings, ŷ = argmax p")
  void classifierLearns() {
    int n = 300;
    float[] points = random(2 * n, 5);
    Node x = tape.constant(n, 2, points);
    int[] y = new int[n];
    for (int i = 0; i < n; i++) {
      double distance = Math.hypot(points[2 * i], points[2 * i + 1]);
      y[i] = distance < 0.5 ? 0 : distance < 0.9 ? 1 : 2;
    }
    Node logits = classifier(x, 32, 3);
    Node losses = CrossEntropy.of(tape, logits, y);
    Learner learner = new Learner(weights, Adam.standard()).l2(1e-4);
    for (int step = 0; step < 600; step++) {
      learner.step(tape, losses, 0.02);
    }
    assertTrue(correct(logits, y) >= 0.97 * n, correct(logits, y) + " of " + n);
  }

  /** z⁰ = x W⁰ᵀ + b⁰, a⁰ = LReLU(z⁰), z¹ = a⁰ W¹ᵀ + b¹. */
  private Node classifier(Node x, int hidden, int classes) {
    Node z0 = weights.affine(tape, "0", x, hidden);
    Node a0 = Prelu.leaky(tape, z0, 0.01f);
    return weights.affine(tape, "1", a0, classes);
  }

  private int correct(Node logits, int[] y) {
    int[] predicted = new int[y.length];
    tape.forward();
    kernel.argmax(logits.value(), predicted);
    int correct = 0;
    for (int i = 0; i < y.length; i++) {
      correct += predicted[i] == y[i] ? 1 : 0;
    }
    return correct;
  }

  private void assertGradient(String name, float... expected) {
    float[] found =
        weights.parameters().stream()
            .filter(parameter -> parameter.name().equals(name))
            .findFirst()
            .orElseThrow()
            .node()
            .gradient()
            .get();
    assertArrayEquals(expected, found, 1e-6f, name);
  }

  private static float[] random(int n, long seed) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return values;
  }
}
