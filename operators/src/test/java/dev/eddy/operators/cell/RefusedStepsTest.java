package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What steps refuse, in which words, and that a refusal holds no memory. */
class RefusedStepsTest {
  private final Kernel kernel = Kernels.best();

  @Test
  void aTimestepRefusesWhatDoesNotFitItsCell() {
    try (Tape tape = new Tape(kernel)) {
      Node x = tape.node(4, 8);
      Node h = tape.node(4, 2);
      refused("lstm: c is missing; must be 4x2", () -> step(tape, x, h, null, 4));
      refused("lstm: c is 4x8; must be 4x2", () -> step(tape, x, h, x, 4));
      refused("lstm: weight_hh is 10x2; must be 8x2", () -> step(tape, x, h, h, 5));
      refused("lstm: weight_hh is 6x2; must be 8x2", () -> step(tape, x, h, h, 3));
      refused("lstm: h is 3x2; must be 4x2", () -> step(tape, x, tape.node(3, 2), h, 4));
      refused("lstm: h is missing", () -> step(tape, x, null, h, 4));
      refused("lstm: x is missing", () -> step(tape, null, h, h, 4));
      var state = new CellEquations.State(h, h);
      refused(
          "lstm: weights is missing",
          () -> CellEquations.step(tape, Cell.LSTM, x, state, null, null));
    }
  }

  private static void step(Tape tape, Node x, Node h, Node c, int blocks) {
    var weights =
        new Recurrent.Weights(
            tape.node(2 * blocks, 8),
            tape.node(2 * blocks, 2),
            tape.node(1, 2 * blocks),
            tape.node(1, 2 * blocks));
    CellEquations.step(tape, Cell.LSTM, x, new CellEquations.State(h, c), weights, null);
  }

  @Test
  void aRefusedEventNetworkHoldsNoMemory() {
    long before = Scope.heldBytes();
    refused(
        "set: [2, 6] has 12 elements, not 11",
        () -> new CausalConvolution(kernel, 3, 2, new float[11], new float[2]));
    refused(
        "set: [2, 4] has 8 elements, not 7",
        () ->
            new TreeComposer(
                kernel, List.of("a"), new float[2], "reduce", new float[7], new float[2]));
    assertEquals(before, Scope.heldBytes());
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
