package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Every operation with inputs to differentiate it by: at least one case for each. */
final class GradientCases {
  private GradientCases() {}

  /** What an operation can be differentiated by. */
  record Input(Tensor value, Supplier<float[]> gradient) {
    Input(Node node) {
      this(node.value(), node.gradient()::get);
    }
  }

  record Recorded(Node y, List<Input> inputs) {}

  record Case(
      Class<? extends Operation> operation,
      String what,
      BiFunction<Tape, Random, Recorded> recorder) {
    @Override
    public String toString() {
      return operation.getSimpleName() + " " + what;
    }
  }

  static List<Case> all() {
    List<Case> cases = new ArrayList<>();
    cases.add(of(Add.class, "", shapes(3, 5, 3, 5), (t, in) -> Add.of(t, in[0], in[1])));
    cases.add(of(Add.class, "to itself", shapes(3, 5), (t, in) -> Add.of(t, in[0], in[0])));
    cases.add(of(Multiply.class, "", shapes(3, 5, 3, 5), (t, in) -> Multiply.of(t, in[0], in[1])));
    cases.add(of(Multiply.class, "square", shapes(3, 17), (t, in) -> Multiply.of(t, in[0], in[0])));
    Stream.of(Function.values()).filter(Function::differentiable).forEach(f -> functions(f, cases));
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
            "side by side",
            shapes(3, 2, 3, 17, 3, 1),
            (t, in) -> Concatenate.columns(t, in[0], in[1], in[2])));
    cases.add(
        of(
            Concatenate.class,
            "one under the other",
            shapes(2, 7, 1, 7, 4, 7),
            (t, in) -> Concatenate.rows(t, in[0], in[1], in[2])));
    cases.add(
        of(
            CrossEntropy.class,
            "one row unlabelled",
            shapes(4, 6),
            (t, in) -> CrossEntropy.of(t, in[0], new int[] {5, 0, -1, 3})));
    cases.add(new Case(EmbeddingBag.class, "rows named twice", GradientCases::embeddingBag));
    rows(cases);
    choices(cases);
    grids(cases);
    RecurrentCases.addTo(cases);
    return cases;
  }

  private static void rows(List<Case> cases) {
    cases.add(of(Product.class, "", shapes(3, 7, 7, 18), (t, in) -> Product.of(t, in[0], in[1])));
    cases.add(of(Sum.class, "", shapes(3, 18), (t, in) -> Sum.of(t, in[0])));
    cases.add(of(Softmax.class, "", shapes(3, 18), (t, in) -> Softmax.of(t, in[0])));
    cases.add(
        of(
            SquaredError.class,
            "by both",
            shapes(3, 18, 3, 18),
            (t, in) -> SquaredError.of(t, in[0], in[1])));
    cases.add(
        of(
            LayerNorm.class,
            "",
            shapes(3, 18, 1, 18, 1, 18),
            (t, in) -> LayerNorm.of(t, in[0], in[1], in[2])));
    cases.add(
        of(
            Prelu.class,
            "with its slopes",
            shapes(4, 18, 1, 18),
            (t, in) -> Prelu.of(t, in[0], in[1])));
    cases.add(of(Prelu.class, "leaky", shapes(3, 5), (t, in) -> Prelu.leaky(t, in[0], 0.1f)));
    cases.add(
        of(
            Dropout.class,
            "with one mask",
            shapes(5, 18),
            (t, in) -> Dropout.of(t, in[0], 0.4f, () -> 7)));
    cases.add(
        of(
            Sum.class,
            "of a reshaped view",
            shapes(4, 6),
            (t, in) -> Sum.of(t, in[0].reshape(3, 8))));
    cases.add(
        of(
            Sum.class,
            "of a divergence",
            shapes(3, 7, 3, 7),
            (t, in) -> Entropy.divergence(t, positive(in[0]), positive(in[1]))));
    cases.add(
        of(Sum.class, "of an entropy", shapes(3, 7), (t, in) -> Entropy.of(t, positive(in[0]))));
  }

  private static void choices(List<Case> cases) {
    cases.add(
        of(
            Extremum.class,
            "max",
            shapes(3, 19, 3, 19),
            (t, in) -> Extremum.max(t, distinct(in[0], 0), distinct(in[1], 1))));
    cases.add(
        of(
            Extremum.class,
            "min",
            shapes(3, 19, 3, 19),
            (t, in) -> Extremum.min(t, distinct(in[0], 0), distinct(in[1], 1))));
    cases.add(
        of(
            Extremum.class,
            "in pools",
            shapes(2 * 5 * 4, 3),
            (t, in) -> {
              Grid grid = new Grid(distinct(in[0], 0), 5, 4);
              return MaxPooling.of(t, grid, Filter.square(2, 1, 0)).places();
            }));
  }

  private static void grids(List<Case> cases) {
    cases.add(
        of(
            Patches.class,
            "with stride and padding",
            shapes(2 * 5 * 4, 3),
            (t, in) -> {
              Filter filter = new Filter(3, 2, 2, 1, 1, 2);
              return Patches.of(t, "patches", new Grid(in[0], 5, 4), filter).places();
            }));
    cases.add(
        of(
            Patches.class,
            "of a sequence",
            shapes(2 * 7, 17),
            (t, in) -> {
              Grid sequences = Grid.sequences(in[0], 7);
              return Patches.of(t, "patches", sequences, Filter.sequence(3, 1, 0)).places();
            }));
    cases.add(
        of(
            Patches.class,
            "of a convolution",
            shapes(2 * 4 * 4, 2, 5, 2 * 2 * 2, 1, 5),
            (t, in) -> {
              Grid grid = new Grid(in[0], 4, 4);
              return Convolution.of(t, grid, Filter.square(2, 2, 1), in[1], in[2]).flat();
            }));
  }

  private static void functions(Function f, List<Case> cases) {
    cases.add(
        of(Apply.class, f.name(), shapes(3, 19), (t, in) -> Apply.of(t, f, inDomain(f, in[0]))));
    cases.add(
        of(
            Apply.class,
            f + " of a view",
            shapes(5, 40),
            (t, in) -> Apply.of(t, f, inDomain(f, in[0].rows(1, 3).columns(7, 18)))));
  }

  /** The logarithm needs positive numbers. */
  private static Node inDomain(Function f, Node x) {
    return f == Function.LOG ? positive(x) : x;
  }

  private static Node positive(Node x) {
    float[] values = x.value().get();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(values[i]);
    }
    x.value().set(values);
    return x;
  }

  /** Sets numbers a tenth or more apart from each other, and from those with the other offset. */
  private static Node distinct(Node x, int offset) {
    float[] values = x.value().get();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.1f * (2 * (i * 23 % values.length - values.length / 2) + offset);
    }
    x.value().set(values);
    return x;
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

  static Case of(
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
  static int[] shapes(int... rowsAndColumns) {
    return rowsAndColumns;
  }

  /** Of both signs and at least 0.2 away from 0, where some derivatives jump or have a pole. */
  static float[] values(Random random, int n) {
    float[] values = signs(random, n);
    for (int i = 0; i < n; i++) {
      values[i] *= 0.2f + random.nextFloat();
    }
    return values;
  }

  static float[] signs(Random random, int n) {
    float[] signs = new float[n];
    for (int i = 0; i < n; i++) {
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    return signs;
  }
}
