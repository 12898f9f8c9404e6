package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Convolution;
import dev.eddy.operators.graph.EmbeddingBag;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.LayerNorm;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Prelu;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The weights of a network that is written down as a function of its input. A weight is made, and
 * drawn, where its name is first used, and shared wherever the name is used again: in the next step
 * of a sequence, in another place of a tree, on another tape. A seed gives the same bits
 * everywhere: each new weight has its own generator, in the order in which they are made.
 */
public final class Weights implements AutoCloseable {
  private static final double EMBEDDING_DEVIATION = 0.05;

  private final Kernel kernel;
  private final Scope scope;
  private final Generator seeds;
  private final Map<String, Parameter> byName = new LinkedHashMap<>();
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, EmbeddingTable> tableByName = new LinkedHashMap<>();
  private final List<EmbeddingTable> tables = new ArrayList<>();

  public Weights(Kernel kernel, long seed) {
    this.kernel = kernel;
    this.scope = kernel.open();
    this.seeds = new Generator(seed);
  }

  public Kernel kernel() {
    return kernel;
  }

  /** Memory that lives as long as the weights. */
  public Scope scope() {
    return scope;
  }

  /** Every weight but embedding tables, in the order in which they were made. */
  public List<Parameter> parameters() {
    return Collections.unmodifiableList(parameters);
  }

  public List<EmbeddingTable> tables() {
    return Collections.unmodifiableList(tables);
  }

  /** A seed for what else is drawn, dropout's masks: the next of these weights' generator. */
  public long nextSeed() {
    return seeds.nextLong();
  }

  /** The weight matrix of that name {@code [rows, columns]}. */
  public Node get(String name, int rows, int columns, Initial initial) {
    Rule.present(name, "initial", initial);
    return get(name, true, rows, columns, random -> initial.values(rows, columns, random));
  }

  /** The bias, gain or slope of that name {@code [1, columns]}, which no penalty falls on. */
  public Node vector(String name, int columns, Initial initial) {
    Rule.present(name, "initial", initial);
    return vector(name, columns, random -> initial.values(1, columns, random));
  }

  private Node vector(String name, int columns, Function<Generator, float[]> draw) {
    return get(name, false, 1, columns, draw);
  }

  private Node get(
      String name, boolean matrix, int rows, int columns, Function<Generator, float[]> draw) {
    Parameter parameter = byName.get(name);
    if (parameter == null) {
      requireNo(tableByName, name, "an embedding table", matrix ? "a matrix" : "a vector");
      requireSizes(name, rows, columns);
      float[] values = draw.apply(new Generator(nextSeed()));
      parameter = Parameter.of(scope, name, matrix, rows, columns, values);
      byName.put(name, parameter);
      parameters.add(parameter);
    }
    requireShape(name, parameter.node().value(), rows, columns);
    if (parameter.matrix() != matrix) {
      throw new IllegalArgumentException(
          String.format(
              "weights: %s is %s; here it must be %s",
              name, matrix ? "a vector" : "a matrix", matrix ? "a matrix" : "a vector"));
    }
    return parameter.node();
  }

  private static void requireNo(Map<String, ?> others, String name, String is, String must) {
    if (others.containsKey(name)) {
      throw new IllegalArgumentException(
          "weights: " + name + " is " + is + "; here it must be " + must);
    }
  }

  private static void requireSizes(String name, int rows, int columns) {
    if (rows < 1 || columns < 1 || (long) rows * columns >= 1 << 30) {
      throw new IllegalArgumentException(
          String.format(
              "weights: %s is %dx%d; must be at least 1x1, elements fewer than 2^30",
              name, rows, columns));
    }
  }

  private static void requireShape(String name, Tensor value, int rows, int columns) {
    if (value.rows() != rows || value.columns() != columns) {
      throw new IllegalArgumentException(
          String.format(
              "weights: %s is %dx%d; here it must be %dx%d",
              name, value.rows(), value.columns(), rows, columns));
    }
  }

  /** The bias of a layer, drawn like its weight, as PyTorch does: U(-1/√inputs, 1/√inputs). */
  private Node bias(String name, int inputs, int outputs) {
    double bound = 1 / StrictMath.sqrt(inputs);
    return vector(name, outputs, random -> Initial.uniform(outputs, bound, random));
  }

  /** {@code x Wᵀ + b}: {@code name.weight} {@code [outputs, inputs]} and {@code name.bias}. */
  public Node affine(Tape tape, String name, Node x, int outputs) {
    Rule.present(name, "x", x);
    Node weight = get(name + ".weight", outputs, x.columns(), Initial.FAN_IN);
    return Affine.of(tape, x, weight, bias(name + ".bias", x.columns(), outputs));
  }

  /** Feature maps of a filter: {@code name.weight} {@code [maps, window]} and {@code name.bias}. */
  public Grid convolution(Tape tape, String name, Grid x, Filter filter, int maps) {
    Rule.present(name, "grid", x);
    Rule.present(name, "filter", filter);
    int inputs = filter.height() * filter.width() * x.channels();
    Node weight = get(name + ".weight", maps, inputs, Initial.FAN_IN);
    return Convolution.of(tape, x, filter, weight, bias(name + ".bias", inputs, maps));
  }

  /**
   * The weights of a recurrent layer, U(-1/√hidden, 1/√hidden): {@code name.weight_ih} and so on.
   */
  public Recurrent.Weights recurrent(String name, Cell cell, int inputs, int hidden) {
    Rule.present(name, "cell", cell);
    double bound = 1 / StrictMath.sqrt(hidden);
    int rows = cell.blocks() * hidden;
    return new Recurrent.Weights(
        get(name + ".weight_ih", true, rows, inputs, r -> Initial.uniform(rows * inputs, bound, r)),
        get(name + ".weight_hh", true, rows, hidden, r -> Initial.uniform(rows * hidden, bound, r)),
        vector(name + ".bias_ih", rows, r -> Initial.uniform(rows, bound, r)),
        vector(name + ".bias_hh", rows, r -> Initial.uniform(rows, bound, r)));
  }

  /**
   * The same weights drawn otherwise: of each gate its block of {@code weight_ih} {@code [hidden,
   * inputs]} and of {@code weight_hh} {@code [hidden, hidden]} by itself, so that orthogonal is
   * each block and not the stack of them, and biases of 0. For a layer it comes before the first
   * use of the name.
   *
   * @param input for example {@link Initial#GLOROT}
   * @param recurrent for example {@link Initial#ORTHOGONAL}
   */
  public Recurrent.Weights recurrent(
      String name, Cell cell, int inputs, int hidden, Initial input, Initial recurrent) {
    Rule.present(name, "cell", cell);
    Rule.present(name, "input", input);
    Rule.present(name, "recurrent", recurrent);
    int n = cell.blocks();
    int rows = n * hidden;
    return new Recurrent.Weights(
        get(name + ".weight_ih", true, rows, inputs, r -> input.blocks(n, hidden, inputs, r)),
        get(name + ".weight_hh", true, rows, hidden, r -> recurrent.blocks(n, hidden, hidden, r)),
        vector(name + ".bias_ih", rows, Initial.ZEROS),
        vector(name + ".bias_hh", rows, Initial.ZEROS));
  }

  /** ReLU with a learned slope for each column below 0, {@code name.slope}, 0.25 at first. */
  public Node prelu(Tape tape, String name, Node x) {
    Rule.present(name, "x", x);
    int columns = x.columns();
    Node slope = vector(name + ".slope", columns, random -> Initial.constant(columns, 0.25f));
    return Prelu.of(tape, x, slope);
  }

  /** Normalised rows: {@code name.gain}, 1 at first, and {@code name.shift}, 0 at first. */
  public Node layerNorm(Tape tape, String name, Node x) {
    Rule.present(name, "x", x);
    Node gain = vector(name + ".gain", x.columns(), Initial.ONES);
    return LayerNorm.of(tape, x, gain, vector(name + ".shift", x.columns(), Initial.ZEROS));
  }

  /**
   * The rows of an embedding table that are named, drawn from N(0, 0.05).
   *
   * @param rows of the table
   * @param width of a row
   * @param indices {@code [n]}, read at every run
   * @return {@code [n, width]}
   */
  public Node embedding(Tape tape, String name, int rows, int width, int[] indices) {
    Rule.present(name, "indices", indices);
    if (indices.length == 0) {
      throw new IllegalArgumentException(name + ": 0 indices; must be at least 1");
    }
    EmbeddingTable table = tableByName.get(name);
    if (table == null) {
      requireNo(byName, name, "a matrix or a vector", "an embedding table");
      requireSizes(name, rows, width);
      Generator random = new Generator(nextSeed());
      float[] values = new float[rows * width];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (EMBEDDING_DEVIATION * random.normal());
      }
      table = new EmbeddingTable(scope, name, rows, width, values, rows);
      tableByName.put(name, table);
      tables.add(table);
    }
    requireShape(name, table.value(), rows, width);
    int[] offsets = new int[indices.length + 1];
    Arrays.setAll(offsets, i -> i);
    return EmbeddingBag.of(tape, table, indices, offsets);
  }

  /**
   * A recurrent layer over packed sequences: {@code name.weight_ih}, {@code name.weight_hh}, {@code
   * name.bias_ih} and {@code name.bias_hh}, drawn as PyTorch does: U(-1/√hidden, 1/√hidden).
   *
   * @param before h and c {@code [packing.sequences, hidden]} with which each sequence begins; null
   *     for the zero state
   */
  public Recurrent recurrent(
      Tape tape,
      String name,
      Cell cell,
      Recurrent.Direction direction,
      Packing packing,
      Node x,
      CellEquations.State before,
      int hidden) {
    Rule.present(name, "x", x);
    Recurrent.Weights weights = recurrent(name, cell, x.columns(), hidden);
    CellEquations.State first = first(tape, name, cell, packing, before, hidden);
    return Recurrent.of(tape, cell, direction, packing, x, first.h(), first.c(), weights);
  }

  /**
   * The same with layer normalisation inside of the cell, as {@link CellEquations.Gains} has it:
   * {@code name.norm_ih} and {@code name.norm_hh} too, 1 at first.
   *
   * @return every h and c, {@code [packing.rows, hidden]}
   */
  public CellEquations.State normalised(
      Tape tape,
      String name,
      Cell cell,
      Recurrent.Direction direction,
      Packing packing,
      Node x,
      CellEquations.State before,
      int hidden) {
    Rule.present(name, "x", x);
    Recurrent.Weights weights = recurrent(name, cell, x.columns(), hidden);
    int columns = cell.blocks() * hidden;
    var gains =
        new CellEquations.Gains(
            vector(name + ".norm_ih", columns, Initial.ONES),
            vector(name + ".norm_hh", columns, Initial.ONES));
    CellEquations.State first = first(tape, name, cell, packing, before, hidden);
    ComposedLayer.Unrolled states =
        ComposedLayer.of(tape, cell, direction, packing, x, first, weights, gains);
    return new CellEquations.State(states.h(), states.c());
  }

  private static CellEquations.State first(
      Tape tape, String name, Cell cell, Packing packing, CellEquations.State before, int hidden) {
    if (before != null) {
      return before;
    }
    Rule.present(name, "packing", packing);
    Node zero = tape.constant(packing.sequences(), hidden);
    return new CellEquations.State(zero, cell.hasC() ? zero : null);
  }

  /** Zeroes every gradient, before a backward run. */
  public void zeroGradients() {
    for (int i = 0; i < parameters.size(); i++) {
      kernel.fill(parameters.get(i).node().gradient(), 0);
    }
    for (int i = 0; i < tables.size(); i++) {
      tables.get(i).zeroGradient(kernel);
    }
  }

  /** A copy of all values, row-major, by name. */
  public Map<String, float[]> copy() {
    Map<String, float[]> copy = new LinkedHashMap<>();
    all().forEach((name, tensor) -> copy.put(name, tensor.get()));
    return copy;
  }

  /** Sets the values of the weights that are named, row-major. */
  public void set(Map<String, float[]> values) {
    Map<String, Tensor> all = all();
    values.forEach(
        (name, value) -> {
          if (!all.containsKey(name)) {
            throw new IllegalArgumentException("weights: there is no " + name);
          }
          all.get(name).set(value);
        });
  }

  private Map<String, Tensor> all() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    byName.forEach((name, parameter) -> all.put(name, parameter.node().value()));
    tableByName.forEach((name, table) -> all.put(name, table.value()));
    return all;
  }

  @Override
  public void close() {
    scope.close();
  }
}
