package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What operations refuse, in which words. */
class RulesTest {
  private final Tape tape = new Tape(Kernels.scalar());
  private final Node a = tape.node(4, 8);
  private final Node b = tape.node(7, 3);

  @AfterEach
  void close() {
    tape.close();
  }

  @Test
  void operationsOnTwoNodesOfOneShape() {
    String shapes = ": left is 4x8, right is 7x3; shapes must be equal";
    refused("max" + shapes, () -> Extremum.max(tape, a, b));
    refused("min" + shapes, () -> Extremum.min(tape, a, b));
    refused("squared error" + shapes, () -> SquaredError.of(tape, a, b));
    refused("cross entropy of distributions" + shapes, () -> Entropy.cross(tape, a, b));
    refused("divergence" + shapes, () -> Entropy.divergence(tape, a, b));
    refused(
        "product: left is 4x8, right is 7x3; inner sizes must match", () -> Product.of(tape, a, b));
  }

  @Test
  void operationsWithParameters() {
    Node row = tape.node(1, 8);
    refused("prelu: slope is 7x3; must be 1x8", () -> Prelu.of(tape, a, b));
    refused("layer norm: gain is 7x3; must be 1x8", () -> LayerNorm.of(tape, a, b, row));
    refused("layer norm: shift is 7x3; must be 1x8", () -> LayerNorm.of(tape, a, row, b));
    refused("dropout: rate is 1.0; must be in [0, 1)", () -> Dropout.of(tape, a, 1, () -> 1));
    refused("dropout: rate is NaN; must be in [0, 1)", () -> Dropout.of(tape, a, 0f / 0, () -> 1));
  }

  @Test
  void gridsAndFilters() {
    refused("grid: 4 rows; must be a multiple of 3x1 places", () -> new Grid(a, 3, 1));
    refused(
        "filter: 2x0 with stride 1x1 and padding 0x0;"
            + " sizes and strides must be positive, padding not negative",
        () -> new Filter(2, 0, 1, 1, 0, 0));
    Grid grid = new Grid(a, 2, 2);
    Filter three = Filter.square(3, 1, 0);
    refused(
        "convolution: the filter is 3x3, the padded grid 2x2; the filter must fit",
        () -> Convolution.of(tape, grid, three, tape.node(5, 72), null));
    refused(
        "convolution: weight is 7x3; must be 7x32",
        () -> Convolution.of(tape, grid, Filter.square(2, 1, 0), b, null));
    refused(
        "max pooling: the filter is 3x3, the padded grid 2x2; the filter must fit",
        () -> MaxPooling.of(tape, grid, three));
    refused(
        "max pooling: padding is 1x1; must be 0x0",
        () -> MaxPooling.of(tape, grid, Filter.square(2, 1, 1)));
    refused(
        "reshape: [4, 8] to [5, 6]; must be as many elements without gaps", () -> a.reshape(5, 6));
    refused(
        "reshape: [4, 3], with gaps between its rows, to [2, 6];"
            + " must be as many elements without gaps",
        () -> a.columns(1, 3).reshape(2, 6));
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

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
