package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation there is, checked against finite differences: L = Σ w y for random w, and its
 * derivative along a random direction v of signs, by the five-point stencil, against Σ v dL/dx.
 *
 * <p>Float32 decides the numbers. Each y is off by some 1e-7 of itself, and L sums them in double,
 * so the stencil is off by about 1e-7 |w y| / EPSILON, 1e-5 |w y|; its own error is of order
 * EPSILON^4, nothing. The tolerance of 2e-4 of |w y| + |dL/dx| leaves room for sums over some tens
 * of terms, and a derivative that is wrong by a thousandth still fails.
 */
class GradientCheckTest {
  private static final double EPSILON = 0x1p-7;
  private static final double TOLERANCE = 2e-4;
  private static final int DIRECTIONS = 5;

  /** What an operation can be differentiated by. */
  private record Input(Tensor value, Supplier<float[]> gradient) {
    Input(Node node) {
      this(node.value(), node.gradient()::get);
    }
  }

  private record Recorded(Node y, List<Input> inputs) {}

  private record Case(
      Class<? extends Operation> operation,
      String what,
      BiFunction<Tape, Random, Recorded> recorder) {
    @Override
    public String toString() {
      return operation.getSimpleName() + " " + what;
    }
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    cases.add(of(Add.class, "", shapes(3, 5, 3, 5), (t, in) -> Add.of(t, in[0], in[1])));
    cases.add(of(Add.class, "to itself", shapes(3, 5), (t, in) -> Add.of(t, in[0], in[0])));
    cases.add(of(Multiply.class, "", shapes(3, 5, 3, 5), (t, in) -> Multiply.of(t, in[0], in[1])));
    cases.add(of(Multiply.class, "square", shapes(3, 17), (t, in) -> Multiply.of(t, in[0], in[0])));
    for (Function f : Function.values()) {
      cases.add(of(Apply.class, f.name(), shapes(3, 19), (t, in) -> Apply.of(t, f, in[0])));
      cases.add(
          of(
              Apply.class,
              f + " of a view",
              shapes(5, 40),
              (t, in) -> Apply.of(t, f, in[0].rows(1, 3).columns(7, 18))));
    }
    cases.add(
        of(
            Affine.class,
            "with bias",
            shapes(4, 7, 5, 7, 1, 5),
            (t, in) -> Affine.of(t, in[0], in[1], in[2])));
    cases.add(
        of(
            Affine.class,
            "without bias",
            shapes(3, 6, 18, 6),
            (t, in) -> Affine.of(t, in[0], in[1], null)));
    cases.add(
        of(
            Concatenate.class,
            "",
            shapes(3, 2, 3, 17, 3, 1),
            (t, in) -> Concatenate.of(t, in[0], in[1], in[2])));
    cases.add(
        of(Stack.class, "", shapes(2, 7, 1, 7, 4, 7), (t, in) -> Stack.of(t, in[0], in[1], in[2])));
    cases.add(
        of(
            CrossEntropy.class,
            "one row unlabelled",
            shapes(4, 6),
            (t, in) -> CrossEntropy.of(t, in[0], new int[] {5, 0, -1, 3})));
    for (int hidden : new int[] {3, 17}) {
      Packing packing = new Packing(5, 3, 3, 1);
      cases.add(
          of(
              Lstm.class,
              "of " + hidden,
              shapes(
                  packing.rows(),
                  5,
                  4,
                  hidden,
                  4,
                  hidden,
                  4 * hidden,
                  5,
                  4 * hidden,
                  hidden,
                  1,
                  4 * hidden,
                  1,
                  4 * hidden),
              (t, in) -> {
                var weights = new Lstm.Weights(in[3], in[4], in[5], in[6]);
                return Lstm.of(t, packing, in[0], in[1], in[2], weights).h();
              }));
    }
    cases.add(new Case(EmbeddingBag.class, "rows named twice", GradientCheckTest::embeddingBag));
    return cases;
  }

  private static Recorded embeddingBag(Tape tape, Random random) {
    int rows = 9;
    int width = 5;
    int[] indices = {8, 2, 2, 0, 8, 5};
    int[] offsets = {0, 3, 3, 6};
    EmbeddingTable table =
        new EmbeddingTable(tape.scope(), "table", rows, width, values(random, rows * width), 4);
    Supplier<float[]> dense =
        () -> {
          float[] gradient = new float[rows * width];
          for (int i = 0; i < table.count(); i++) {
            table.gradient().getRow(i, gradient, table.touched()[i] * width);
          }
          return gradient;
        };
    Node y = EmbeddingBag.of(tape, table, indices, offsets);
    return new Recorded(y, List.of(new Input(table.value(), dense)));
  }

  @Test
  void everyOperationHasACase() {
    Set<Class<?>> checked = cases().stream().map(Case::operation).collect(Collectors.toSet());
    assertEquals(Set.of(Operation.class.getPermittedSubclasses()), checked);
  }

  static Stream<Arguments> casesOnKernels() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .flatMap(kernel -> cases().stream().map(c -> Arguments.of(c, kernel.name(), kernel)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("casesOnKernels")
  void derivativeIsThatOfFiniteDifferences(Case c, String name, Kernel kernel) {
    Random random = new Random(c.toString().hashCode());
    try (Tape tape = new Tape(kernel)) {
      Recorded recorded = c.recorder.apply(tape, random);
      assertTrue(tape.operations().stream().anyMatch(c.operation::isInstance), "records " + c);
      Node y = recorded.y;
      float[] w = values(random, y.rows() * y.columns());

      tape.forward();
      double scale = norm(products(w, y.value().get()));
      tape.zeroGradients();
      y.gradient().set(w);
      tape.backward();
      List<float[]> once = gradients(recorded);
      y.gradient().set(w);
      tape.backward();
      List<float[]> twice = gradients(recorded);

      scale += Math.sqrt(once.stream().mapToDouble(g -> norm(g) * norm(g)).sum());
      for (int d = 0; d < DIRECTIONS; d++) {
        List<float[]> v = new ArrayList<>();
        double expected = 0;
        double again = 0;
        for (int i = 0; i < recorded.inputs.size(); i++) {
          v.add(signs(random, once.get(i).length));
          expected += sum(products(v.get(i), once.get(i)));
          again += sum(products(v.get(i), twice.get(i)));
        }
        assertEquals(derivative(tape, recorded, w, v), expected, TOLERANCE * scale, "along v");
        assertEquals(2 * expected, again, TOLERANCE * scale, "gradients add");
      }
    }
  }

  /** dL/dε of inputs + ε v at 0, by the five-point stencil. */
  private static double derivative(Tape tape, Recorded recorded, float[] w, List<float[]> v) {
    List<float[]> values = recorded.inputs.stream().map(input -> input.value.get()).toList();
    double[] losses = new double[5];
    for (int k = -2; k <= 2; k++) {
      for (int i = 0; i < values.size(); i++) {
        float[] moved = values.get(i).clone();
        for (int j = 0; j < moved.length; j++) {
          moved[j] += (float) (k * EPSILON) * v.get(i)[j];
        }
        recorded.inputs.get(i).value.set(moved);
      }
      tape.forward();
      losses[k + 2] = sum(products(w, recorded.y.value().get()));
    }
    for (int i = 0; i < values.size(); i++) {
      recorded.inputs.get(i).value.set(values.get(i));
    }
    return (losses[0] - 8 * losses[1] + 8 * losses[3] - losses[4]) / (12 * EPSILON);
  }

  private static Case of(
      Class<? extends Operation> operation,
      String what,
      int[] shapes,
      BiFunction<Tape, Node[], Node> record) {
    return new Case(
        operation,
        what,
        (tape, random) -> {
          Node[] in = new Node[shapes.length / 2];
          for (int i = 0; i < in.length; i++) {
            in[i] = tape.node(shapes[2 * i], shapes[2 * i + 1]);
            in[i].value().set(values(random, in[i].rows() * in[i].columns()));
          }
          Node y = record.apply(tape, in);
          return new Recorded(y, Stream.of(in).map(Input::new).toList());
        });
  }

  /** Rows and columns of each input in turn. */
  private static int[] shapes(int... rowsAndColumns) {
    return rowsAndColumns;
  }

  private static List<float[]> gradients(Recorded recorded) {
    return recorded.inputs.stream().map(input -> input.gradient.get()).toList();
  }

  /** Of both signs and at least 0.2 away from 0, where some derivatives jump or have a pole. */
  private static float[] values(Random random, int n) {
    float[] values = signs(random, n);
    for (int i = 0; i < n; i++) {
      values[i] *= 0.2f + random.nextFloat();
    }
    return values;
  }

  private static float[] signs(Random random, int n) {
    float[] signs = new float[n];
    for (int i = 0; i < n; i++) {
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    return signs;
  }

  private static double[] products(float[] a, float[] b) {
    double[] products = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      products[i] = (double) a[i] * b[i];
    }
    return products;
  }

  private static double sum(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum;
  }

  private static double norm(double[] values) {
    double squares = 0;
    for (double value : values) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  private static double norm(float[] values) {
    return norm(products(values, ones(values.length)));
  }

  private static float[] ones(int n) {
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    return ones;
  }
}
