package dev.eddy.operators.graph;

import static dev.eddy.operators.graph.Recurrent.Direction.FORWARD;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What operations refuse, in which words: the rule and the values. Whatever can be given shapes
 * that do not fit has a refusal here.
 */
class RulesTest {
  private static final Recorders OPERATIONS = Recorders.beside(Operation.class);
  private static final String LEAST =
      "; rows must be at least 0, columns at least 1, elements fewer than 2^30";

  private final Tape tape = new Tape(Kernels.scalar());
  private final Node a = tape.node(4, 8);
  private final Node b = tape.node(7, 3);
  private final Set<String> refusing = new TreeSet<>();

  @AfterEach
  void close() {
    tape.close();
  }

  @Test
  void everythingThatCanBeGivenWrongShapesRefusesThem() {
    operationsOnSeveralNodes();
    operationsWithParameters();
    operationsWithArrays();
    recurrentLayers();
    gridsAndFilters();
    nodesAndWeights();
    Set<String> missing = new TreeSet<>(OPERATIONS.refusing());
    missing.removeAll(refusing);
    assertEquals(Set.of(), missing, "has no refusal here");
    assertTrue(OPERATIONS.refusing().contains("new Packing"));
    assertTrue(OPERATIONS.refusing().contains("Concatenate.rows"));
  }

  private void operationsOnSeveralNodes() {
    String shapes = ": left is 4x8, right is 7x3; shapes must be equal";
    refused("Add.of", "add" + shapes, () -> Add.of(tape, a, b));
    refused(
        "Add.of",
        "add: left is 4x8, right is missing; shapes must be equal",
        () -> Add.of(tape, a, null));
    refused("Multiply.of", "multiply" + shapes, () -> Multiply.of(tape, a, b));
    refused("Extremum.max", "max" + shapes, () -> Extremum.max(tape, a, b));
    refused("Extremum.min", "min" + shapes, () -> Extremum.min(tape, a, b));
    refused("SquaredError.of", "squared error" + shapes, () -> SquaredError.of(tape, a, b));
    refused(
        "Entropy.cross",
        "cross entropy of distributions" + shapes,
        () -> Entropy.cross(tape, a, b));
    refused("Entropy.divergence", "divergence" + shapes, () -> Entropy.divergence(tape, a, b));
    refused(
        "Product.of",
        "product: left is 4x8, right is 7x3; inner sizes must match",
        () -> Product.of(tape, a, b));
    String left = "concatenate: left is 4x8, right is 7x3; ";
    String none = "concatenate: 0 parts; must be at least 1";
    refused("Concatenate.columns", left + "rows must match", () -> Concatenate.columns(tape, a, b));
    refused("Concatenate.columns", none, () -> Concatenate.columns(tape));
    refused(
        "Concatenate.columns",
        "concatenate: left is 4x8, right is missing; rows must match",
        () -> Concatenate.columns(tape, a, null));
    refused("Concatenate.rows", left + "columns must match", () -> Concatenate.rows(tape, a, b));
    refused("Concatenate.rows", none, () -> Concatenate.rows(tape));
  }

  private void operationsWithParameters() {
    Node row = tape.node(1, 8);
    refused(
        "Affine.of",
        "affine: left is 4x8, right is 7x3; columns must match",
        () -> Affine.of(tape, a, b, null));
    refused(
        "Affine.of",
        "affine: left is 4x8, right is missing; columns must match",
        () -> Affine.of(tape, a, null, null));
    refused(
        "Affine.of",
        "affine: bias is 1x8; must be 1x9",
        () -> Affine.of(tape, a, tape.node(9, 8), row));
    refused("Prelu.of", "prelu: slope is 7x3; must be 1x8", () -> Prelu.of(tape, a, b));
    refused(
        "LayerNorm.of",
        "layer norm: gain is 7x3; must be 1x8",
        () -> LayerNorm.of(tape, a, b, row));
    refused(
        "LayerNorm.of",
        "layer norm: shift is missing; must be 1x8",
        () -> LayerNorm.of(tape, a, row, null));
    refused(
        "Dropout.of",
        "dropout: rate is 1.0; must be in [0, 1)",
        () -> Dropout.of(tape, a, 1, () -> 1));
    refused(
        "Dropout.of",
        "dropout: rate is NaN; must be in [0, 1)",
        () -> Dropout.of(tape, a, 0f / 0, () -> 1));
  }

  private void operationsWithArrays() {
    refused(
        "CrossEntropy.of",
        "cross entropy: labels has length 3; must be 4",
        () -> CrossEntropy.of(tape, a, new int[3]));
    refused(
        "CrossEntropy.of",
        "crossEntropy: label 8 of row 1; labels are below 8",
        () -> run(t -> CrossEntropy.of(t, t.node(4, 8), new int[] {7, 8, 0, 0})));
    EmbeddingTable table = new EmbeddingTable(tape.scope(), "table", 3, 2, new float[6], 3);
    refused(
        "EmbeddingBag.of",
        "embedding bag: offsets has length 1; must be rows + 1",
        () -> EmbeddingBag.of(tape, table, new int[2], new int[1]));
    refused(
        "EmbeddingBag.of",
        "embeddingBag: index 3 at 1; must be at least 0 and below 3, the rows of the table",
        () -> run(t -> EmbeddingBag.of(t, table, new int[] {2, 3}, new int[] {0, 2})));
    refused(
        "EmbeddingBag.of",
        "embeddingBag: index -1 at 0; must be at least 0 and below 3, the rows of the table",
        () -> run(t -> EmbeddingBag.of(t, table, new int[] {-1, 3}, new int[] {0, 1})));
    refused(
        "new EmbeddingTable",
        "set: [3, 2] has 6 elements, not 5",
        () -> new EmbeddingTable(tape.scope(), "table", 3, 2, new float[5], 3));
    refused("EmbeddingTable.twin", "allocate: [-1, 2]" + LEAST, () -> table.twin(tape.scope(), -1));
    refused(
        "new Packing",
        "packing: length 1 is 3; lengths must be positive and sorted",
        () -> new Packing(2, 3));
    refused(
        "new Packing",
        "packing: length 0 is 0; lengths must be positive and sorted",
        () -> new Packing(0));
    refused(
        "new Packing",
        "packing: 2147483648 rows; must be fewer than 2^30",
        () -> new Packing(Integer.MAX_VALUE, 1));
    refused("new Packing", "packing: 0 lengths; must be at least 1", Packing::new);
    refused(
        "Packing.last", "packing: x is 4x8; must be 3x8", () -> new Packing(2, 1).last(tape, a));
    refused(
        "Packing.sequence",
        "packing: x is 4x8; must be 3x8",
        () -> new Packing(2, 1).sequence(tape, a, 0));
    refused(
        "Packing.sequence",
        "packing: sequence 2; must be at least 0 and below 2",
        () -> new Packing(2, 2).sequence(tape, a, 2));
  }

  private void recurrentLayers() {
    Packing two = new Packing(2, 2);
    Node ih = tape.node(8, 8);
    Node hh = tape.node(8, 2);
    Node bias = tape.node(1, 8);
    Node h0 = tape.node(2, 2);
    var fits = new Recurrent.Weights(ih, hh, bias, bias);
    refused(
        "Recurrent.of",
        "lstm: weight_hh is 7x3; must be 12x3",
        () -> lstm(two, a, h0, h0, new Recurrent.Weights(ih, b, bias, bias)));
    refused(
        "Recurrent.of",
        "lstm: weight_ih is 7x3; must be 8x8",
        () -> lstm(two, a, h0, h0, new Recurrent.Weights(b, hh, bias, bias)));
    refused(
        "Recurrent.of",
        "lstm: bias_ih is 7x3; must be 1x8",
        () -> lstm(two, a, h0, h0, new Recurrent.Weights(ih, hh, b, bias)));
    refused(
        "Recurrent.of",
        "lstm: bias_hh is missing; must be 1x8",
        () -> lstm(two, a, h0, h0, new Recurrent.Weights(ih, hh, bias, null)));
    refused(
        "Recurrent.of",
        "lstm: x is 4x8; must be 2x8",
        () -> lstm(new Packing(1, 1), a, h0, h0, fits));
    refused("Recurrent.of", "lstm: h0 is 7x3; must be 2x2", () -> lstm(two, a, b, h0, fits));
    refused("Recurrent.of", "lstm: c0 is 7x3; must be 2x2", () -> lstm(two, a, h0, b, fits));
    refused("Recurrent.of", "lstm: c0 is missing; must be 2x2", () -> lstm(two, a, h0, null, fits));
    refused(
        "Recurrent.of",
        "lstm: weight_hh is missing",
        () -> lstm(two, a, h0, h0, new Recurrent.Weights(ih, null, bias, bias)));
    refused("Recurrent.of", "lstm: x is missing", () -> lstm(two, null, h0, h0, fits));
    refused(
        "Recurrent.of",
        "gru: c0 is 2x2; the cell has no c",
        () ->
            Recurrent.of(
                tape,
                Cell.GRU,
                FORWARD,
                two,
                a,
                h0,
                h0,
                new Recurrent.Weights(
                    tape.node(6, 8), tape.node(6, 2), tape.node(1, 6), tape.node(1, 6))));
  }

  private Recurrent lstm(Packing packing, Node x, Node h0, Node c0, Recurrent.Weights weights) {
    return Recurrent.of(tape, Cell.LSTM, FORWARD, packing, x, h0, c0, weights);
  }

  private void gridsAndFilters() {
    String rows = "grid: 4 rows; must be a multiple of ";
    refused("new Grid", rows + "3x1 places", () -> new Grid(a, 3, 1));
    refused("new Grid", rows + "65536x65536 places", () -> new Grid(a, 65536, 65536));
    refused("Grid.sequences", rows + "1x3 places", () -> Grid.sequences(a, 3));
    String rule = "; sizes and strides must be positive, padding not negative";
    refused(
        "new Filter",
        "filter: 2x0 with stride 1x1 and padding 0x0" + rule,
        () -> new Filter(2, 0, 1, 1, 0, 0));
    refused(
        "Filter.square",
        "filter: 2x2 with stride 0x0 and padding 0x0" + rule,
        () -> Filter.square(2, 0, 0));
    refused(
        "Filter.sequence",
        "filter: 1x2 with stride 1x1 and padding 0x-1" + rule,
        () -> Filter.sequence(2, 1, -1));
    Grid grid = new Grid(a, 2, 2);
    Filter three = Filter.square(3, 1, 0);
    String large = ": the filter is 3x3, the padded grid 2x2; the filter must fit";
    refused("Patches.of", "patches" + large, () -> Patches.of(tape, "patches", grid, three));
    refused(
        "Convolution.of",
        "convolution" + large,
        () -> Convolution.of(tape, grid, three, tape.node(5, 72), null));
    refused(
        "Convolution.of",
        "convolution: weight is 7x3; must be 7x32",
        () -> Convolution.of(tape, grid, Filter.square(2, 1, 0), b, null));
    refused("MaxPooling.of", "max pooling" + large, () -> MaxPooling.of(tape, grid, three));
    refused(
        "MaxPooling.of",
        "max pooling: padding is 1x1; must be 0x0",
        () -> MaxPooling.of(tape, grid, Filter.square(2, 1, 1)));
  }

  private void nodesAndWeights() {
    refused(
        "Node.reshape",
        "reshape: [4, 8] to [5, 6]; must be as many elements without gaps",
        () -> a.reshape(5, 6));
    refused(
        "Node.reshape",
        "reshape: [4, 3], with gaps between its rows, to [2, 6];"
            + " must be as many elements without gaps",
        () -> a.columns(1, 3).reshape(2, 6));
    refused(
        "Node.rows(int, int)", "rows: 3 from 2 on is outside of tensor [4, 8]", () -> a.rows(2, 3));
    refused(
        "Node.columns(int, int)",
        "columns: 1 from 8 on is outside of tensor [4, 8]",
        () -> a.columns(8, 1));
    refused("Tape.node(int, int)", "allocate: [3, 0]" + LEAST, () -> tape.node(3, 0));
    refused("Tape.constant(int, int)", "allocate: [-1, 2]" + LEAST, () -> tape.constant(-1, 2));
    refused(
        "Tape.constant(int, int, float[])",
        "set: [2, 2] has 4 elements, not 3",
        () -> tape.constant(2, 2, 1, 2, 3));
    refused(
        "Parameter.of",
        "set: [3, 4] has 12 elements, not 11",
        () -> Parameter.of(tape.scope(), "w", true, 3, 4, new float[11]));
  }

  @Test
  void nothingTrainsThroughAThreshold() {
    Node fires = Apply.of(tape, Function.THRESHOLD, a);
    tape.forward();
    fires.gradient().set(new float[32]);
    String message = assertThrows(UnsupportedOperationException.class, tape::backward).getMessage();
    assertEquals(
        "THRESHOLD: its derivative is 0 wherever it has one;"
            + " train with SIGMOID, TANH or RELU instead",
        message);
  }

  private static void run(Consumer<Tape> recording) {
    try (Tape other = new Tape(Kernels.scalar())) {
      recording.accept(other);
      other.forward();
    }
  }

  private void refused(String what, String message, Executable call) {
    refusing.add(what);
    RuntimeException refusal = assertThrows(RuntimeException.class, call, what);
    assertEquals(message, refusal.getMessage());
    boolean place = what.startsWith("Node.") && refusal instanceof IndexOutOfBoundsException;
    assertTrue(place || refusal instanceof IllegalArgumentException, refusal.toString());
  }
}
