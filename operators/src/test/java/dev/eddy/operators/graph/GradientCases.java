package dev.eddy.operators.graph;

import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.tensor.Function;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Every operation with inputs to differentiate it by: at least one case for each. */
public final class GradientCases {
  private GradientCases() {}

  record Recorded(Node y, List<Input> inputs) {}

  /**
   * One recording.
   *
   * @param recorder what records it, as {@link Recorders} names it
   */
  record Case(String recorder, String what, BiFunction<Tape, Random, Recorded> recording) {
    Recorded on(Tape tape, Random random) {
      return recording.apply(tape, random);
    }

    /** Whether the operation is there, if it is primitive. */
    boolean isOn(Tape tape) {
      Predicate<Class<?>> same = type -> recorder.startsWith(type.getSimpleName() + ".");
      return Stream.of(Operation.class.getPermittedSubclasses()).noneMatch(same)
          || tape.operations().stream().map(Operation::getClass).anyMatch(same);
    }

    @Override
    public String toString() {
      return recorder + " " + what;
    }
  }

  static List<Case> all() {
    List<Case> cases = new ArrayList<>();
    cases.add(of("Add.of", "", shapes(3, 5, 3, 5), (t, in) -> Add.of(t, in[0], in[1])));
    cases.add(of("Add.of", "to itself", shapes(3, 5), (t, in) -> Add.of(t, in[0], in[0])));
    cases.add(of("Multiply.of", "", shapes(3, 5, 3, 5), (t, in) -> Multiply.of(t, in[0], in[1])));
    cases.add(of("Multiply.of", "square", shapes(3, 17), (t, in) -> Multiply.of(t, in[0], in[0])));
    Stream.of(Function.values()).filter(Function::differentiable).forEach(f -> functions(f, cases));
    cases.add(
        of(
            "Affine.of",
            "with bias",
            shapes(4, 7, 5, 7, 1, 5),
            (t, in) -> Affine.of(t, in[0], in[1], in[2])));
    cases.add(
        of(
            "Affine.of",
            "without bias",
            shapes(3, 6, 18, 6),
            (t, in) -> Affine.of(t, in[0], in[1], null)));
    cases.add(
        of(
            "Concatenate.columns",
            "",
            shapes(3, 2, 3, 17, 3, 1),
            (t, in) -> Concatenate.columns(t, in[0], in[1], in[2])));
    cases.add(
        of(
            "Concatenate.rows",
            "",
            shapes(2, 7, 1, 7, 4, 7),
            (t, in) -> Concatenate.rows(t, in[0], in[1], in[2])));
    cases.add(
        of(
            "CrossEntropy.of",
            "one row unlabelled",
            shapes(4, 6),
            (t, in) -> CrossEntropy.of(t, in[0], new int[] {5, 0, -1, 3})));
    cases.add(new Case("EmbeddingBag.of", "rows named twice", GradientCases::embeddingBag));
    rows(cases);
    choices(cases);
    grids(cases);
    cases.add(
        of(
            "Packing.last",
            "",
            shapes(4 + 3 + 1, 5),
            (t, in) -> new Packing(3, 2, 2, 1).last(t, in[0])));
    cases.add(
        of(
            "Packing.sequence",
            "",
            shapes(4 + 3 + 1, 5),
            (t, in) -> new Packing(3, 2, 2, 1).sequence(t, in[0], 1)));
    RecurrentCases.addTo(cases);
    return cases;
  }

  private static void rows(List<Case> cases) {
    cases.add(of("Product.of", "", shapes(3, 7, 7, 18), (t, in) -> Product.of(t, in[0], in[1])));
    cases.add(of("Sum.of", "", shapes(3, 18), (t, in) -> Sum.of(t, in[0])));
    cases.add(of("Softmax.of", "", shapes(3, 18), (t, in) -> Softmax.of(t, in[0])));
    cases.add(
        of(
            "SquaredError.of",
            "by both",
            shapes(3, 18, 3, 18),
            (t, in) -> SquaredError.of(t, in[0], in[1])));
    cases.add(
        of(
            "LayerNorm.of",
            "",
            shapes(3, 18, 1, 18, 1, 18),
            (t, in) -> LayerNorm.of(t, in[0], in[1], in[2])));
    cases.add(of("Prelu.of", "", shapes(4, 18, 1, 18), (t, in) -> Prelu.of(t, in[0], in[1])));
    cases.add(of("Prelu.leaky", "", shapes(3, 5), (t, in) -> Prelu.leaky(t, in[0], 0.1f)));
    cases.add(
        of(
            "Dropout.of",
            "with one mask",
            shapes(5, 18),
            (t, in) -> Dropout.of(t, in[0], 0.4f, () -> 7)));
    cases.add(
        of("Sum.of", "a reshaped view", shapes(4, 6), (t, in) -> Sum.of(t, in[0].reshape(3, 8))));
    cases.add(
        of(
            "Entropy.divergence",
            "",
            shapes(3, 7, 3, 7),
            (t, in) -> Entropy.divergence(t, positive(in[0]), positive(in[1]))));
    cases.add(
        of(
            "Entropy.cross",
            "",
            shapes(3, 7, 3, 7),
            (t, in) -> Entropy.cross(t, positive(in[0]), positive(in[1]))));
    cases.add(of("Entropy.of", "", shapes(3, 7), (t, in) -> Entropy.of(t, positive(in[0]))));
  }

  private static void choices(List<Case> cases) {
    cases.add(
        of(
            "Extremum.max",
            "",
            shapes(3, 19, 3, 19),
            (t, in) -> Extremum.max(t, distinct(in[0], 0), distinct(in[1], 1))));
    cases.add(
        of(
            "Extremum.min",
            "",
            shapes(3, 19, 3, 19),
            (t, in) -> Extremum.min(t, distinct(in[0], 0), distinct(in[1], 1))));
    cases.add(
        of(
            "MaxPooling.of",
            "",
            shapes(2 * 5 * 4, 3),
            (t, in) -> {
              Grid grid = new Grid(distinct(in[0], 0), 5, 4);
              return MaxPooling.of(t, grid, Filter.square(2, 1, 0)).places();
            }));
    cases.add(
        of(
            "MaxPooling.whole",
            "",
            shapes(2 * 6, 3),
            (t, in) -> MaxPooling.whole(t, Grid.sequences(distinct(in[0], 0), 6))));
  }

  private static void grids(List<Case> cases) {
    cases.add(
        of(
            "Patches.of",
            "with stride and padding",
            shapes(2 * 5 * 4, 3),
            (t, in) -> {
              Filter filter = new Filter(3, 2, 2, 1, 1, 2);
              return Patches.of(t, "patches", new Grid(in[0], 5, 4), filter).places();
            }));
    cases.add(
        of(
            "Patches.of",
            "of a sequence",
            shapes(2 * 7, 17),
            (t, in) -> {
              Grid sequences = Grid.sequences(in[0], 7);
              return Patches.of(t, "patches", sequences, Filter.sequence(3, 1, 0)).places();
            }));
    cases.add(
        of(
            "Convolution.of",
            "",
            shapes(2 * 4 * 4, 2, 5, 2 * 2 * 2, 1, 5),
            (t, in) -> {
              Grid grid = new Grid(in[0], 4, 4);
              return Convolution.of(t, grid, Filter.square(2, 2, 1), in[1], in[2]).flat();
            }));
  }

  private static void functions(Function f, List<Case> cases) {
    cases.add(
        of("Apply.of", f.name(), shapes(3, 19), (t, in) -> Apply.of(t, f, inDomain(f, in[0]))));
    cases.add(
        of(
            "Apply.of",
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

  /**
   * Sets numbers a tenth or more apart from each other, and from those with the other offset, in
   * another order.
   */
  private static Node distinct(Node x, int offset) {
    float[] values = x.value().get();
    for (int i = 0; i < values.length; i++) {
      int place = i * (23 + 2 * offset) % values.length;
      values[i] = 0.1f * (2 * (place - values.length / 2) + offset);
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
    Node y = EmbeddingBag.of(tape, table, indices, offsets);
    return new Recorded(y, List.of(new Input(table)));
  }

  static Case of(
      String recorder, String what, int[] shapes, BiFunction<Tape, Node[], Node> record) {
    return new Case(
        recorder,
        what,
        (tape, random) -> {
          Node[] in = nodes(tape, random, shapes);
          Node y = record.apply(tape, in);
          return new Recorded(y, inputs(in));
        });
  }

  /** Nodes of some shapes. */
  public static Node[] nodes(Tape tape, Random random, int... shapes) {
    Node[] nodes = new Node[shapes.length / 2];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = tape.node(shapes[2 * i], shapes[2 * i + 1]);
      nodes[i].value().set(values(random, nodes[i].rows() * nodes[i].columns()));
    }
    return nodes;
  }

  /** To differentiate by. */
  public static List<Input> inputs(Node... nodes) {
    return IntStream.range(0, nodes.length)
        .mapToObj(i -> new Input("input " + i, nodes[i]))
        .toList();
  }

  /** Rows and columns of each input in turn. */
  public static int[] shapes(int... rowsAndColumns) {
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
