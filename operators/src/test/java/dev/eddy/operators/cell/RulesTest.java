package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.cell.EncoderDecoder.Pair;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recorders;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Recurrent.Direction;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * What cells, layers and networks refuse, in which words, and that a refusal holds no memory.
 * Whatever can be given sizes or shapes that do not fit has a refusal here.
 */
class RulesTest {
  private final Kernel kernel = Kernels.best();
  private final Tape tape = new Tape(kernel);
  private final Weights weights = new Weights(kernel, 1);
  private final Node x = tape.node(4, 8);
  private final Node h = tape.node(4, 2);
  private final Set<String> refusing = new TreeSet<>();

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  @Test
  void everythingThatCanBeGivenWrongShapesRefusesThem() {
    timesteps();
    weightsByName();
    layers();
    attention();
    networks();
    eventNetworks();
    Set<String> missing = new TreeSet<>(Recorders.beside(Weights.class).refusing());
    missing.removeAll(refusing);
    assertEquals(Set.of(), missing, "has no refusal here");
  }

  private void timesteps() {
    String step = "CellEquations.step";
    refused(step, "lstm: c is missing; must be 4x2", () -> step(h, null, 4));
    refused(step, "lstm: c is 4x8; must be 4x2", () -> step(h, x, 4));
    refused(step, "lstm: weight_hh is 10x2; must be 8x2", () -> step(h, h, 5));
    refused(step, "lstm: weight_hh is 6x2; must be 8x2", () -> step(h, h, 3));
    refused(step, "lstm: h is 3x2; must be 4x2", () -> step(tape.node(3, 2), h, 4));
    refused(step, "lstm: h is missing", () -> step(null, h, 4));
    Node right = tape.node(1, 8);
    Node wrong = tape.node(1, 7);
    refused(step, "lstm: norm_ih is 1x7; must be 1x8", () -> step(h, h, 4, wrong, right));
    refused(step, "lstm: norm_hh is 1x7; must be 1x8", () -> step(h, h, 4, right, wrong));
    refused(step, "lstm: norm_ih is missing; must be 1x8", () -> step(h, h, 4, null, right));
  }

  private void step(Node before, Node c, int blocks, Node... gains) {
    var four =
        new Recurrent.Weights(
            tape.node(2 * blocks, 8),
            tape.node(2 * blocks, 2),
            tape.node(1, 2 * blocks),
            tape.node(1, 2 * blocks));
    var both = gains.length == 0 ? null : new CellEquations.Gains(gains[0], gains[1]);
    CellEquations.step(tape, Cell.LSTM, x, new CellEquations.State(before, c), four, both);
  }

  private void weightsByName() {
    String least = "; must be at least 1x1, elements fewer than 2^30";
    refused("Weights.get", "weights: w is 0x3" + least, () -> weights.get("w", 0, 3, Initial.ONES));
    refused(
        "Weights.get",
        "weights: w is 65536x65536" + least,
        () -> weights.get("w", 65536, 65536, Initial.ONES));
    refused(
        "Weights.vector",
        "weights: v is 1x-1" + least,
        () -> weights.vector("v", -1, Initial.ONES));
    refused(
        "Weights.affine",
        "weights: a.weight is 0x8" + least,
        () -> weights.affine(tape, "a", x, 0));
    weights.affine(tape, "a", x, 5);
    refused(
        "Weights.affine",
        "weights: a.weight is 5x8; here it must be 5x2",
        () -> weights.affine(tape, "a", h, 5));
    Grid grid = new Grid(x, 2, 2);
    refused(
        "Weights.convolution",
        "weights: c.weight is -1x32" + least,
        () -> weights.convolution(tape, "c", grid, Filter.square(2, 1, 0), -1));
    refused(
        "Weights.convolution",
        "convolution: the filter is 3x3, the padded grid 2x2; the filter must fit",
        () -> weights.convolution(tape, "c", grid, Filter.square(3, 1, 0), 1));
    String words = "weights: words is 3x0" + least;
    refused(
        "Weights.embedding", words, () -> weights.embedding(tape, "words", 3, 0, new int[] {1}));
    refused(
        "Weights.embedding",
        "words: 0 indices; must be at least 1",
        () -> weights.embedding(tape, "words", 3, 2, new int[0]));
    refused(
        "Weights.embedding",
        "embeddingBag: index 3 at 1; must be at least 0 and below 3, the rows of the table",
        () -> {
          weights.embedding(tape, "words", 3, 2, new int[] {2, 3});
          tape.forward();
        });
    assertEquals(Set.of("a.weight", "a.bias", "c.weight", "c.bias", "words"), made());
  }

  private Set<String> made() {
    return weights.copy().keySet();
  }

  private void layers() {
    String none = "weights: r.weight_ih is 0x8; must be at least 1x1, elements fewer than 2^30";
    refused(
        "Weights.recurrent(String, Cell, int, int)",
        none,
        () -> weights.recurrent("r", Cell.GRU, 8, 0));
    refused(
        "Weights.recurrent(String, Cell, int, int, Initial, Initial)",
        none,
        () -> weights.recurrent("r", Cell.GRU, 8, 0, Initial.GLOROT, Initial.ORTHOGONAL));
    Packing two = new Packing(2, 2);
    Node h0 = tape.node(2, 2);
    for (boolean normalised : new boolean[] {false, true}) {
      layer(normalised, "x is 4x8; must be 2x8", Cell.LSTM, new Packing(1, 1), h0, h0);
      layer(normalised, "x is 4x8; must be 6x8", Cell.LSTM, new Packing(3, 3), h0, h0);
      layer(normalised, "h0 is 4x2; must be 2x2", Cell.LSTM, two, h, h0);
      layer(normalised, "c0 is 4x2; must be 2x2", Cell.LSTM, two, h0, h);
      layer(normalised, "c0 is missing; must be 2x2", Cell.LSTM, two, h0, null);
      layer(normalised, "c0 is 2x2; the cell has no c", Cell.GRU, two, h0, h0);
    }
  }

  private void layer(
      boolean normalised, String rule, Cell cell, Packing packing, Node h0, Node c0) {
    var first = new CellEquations.State(h0, c0);
    String name = cell.architecture();
    refused(
        normalised
            ? "Weights.normalised"
            : "Weights.recurrent(Tape, String, Cell, Direction, Packing, Node, State, int)",
        name + ": " + rule,
        () -> {
          if (normalised) {
            weights.normalised(tape, name, cell, Direction.FORWARD, packing, x, first, 2);
          } else {
            weights.recurrent(tape, name, cell, Direction.FORWARD, packing, x, first, 2);
          }
        });
  }

  private void attention() {
    refused(
        "Attention.of",
        "attention: e is 4x8; must be 4x2",
        () -> Attention.of(tape, weights, "attention", h, x));
  }

  private void networks() {
    String least = "encoder-decoder: sources 4, targets 0, width 3, hidden 5; must be at least 1";
    refused("new EncoderDecoder", least, () -> new EncoderDecoder(Cell.GRU, 4, 0, 3, 5, true));
    EncoderDecoder network = new EncoderDecoder(Cell.GRU, 2, 2, 3, 5, true);
    String record = "EncoderDecoder.record";
    refused(record, "encoder-decoder: 0 pairs; must be at least 1", () -> record(network));
    refused(
        record,
        "encoder-decoder: source has 0 symbols; must be at least 1",
        () -> record(network, new Pair(new int[0], new int[1])));
    refused(
        record,
        "encoder-decoder: target has symbol 2; there are 2",
        () -> record(network, new Pair(new int[1], new int[] {2})));
    refused("new Pair", "encoder-decoder: target is missing", () -> new Pair(new int[1], null));
    refused(
        "new Translator",
        "encoder-decoder: 'a' asks, 2 tokens; must be 2, none of which asks",
        () -> new Translator(kernel, network, Map.of(), List.of("a", "b"), "a", 1, 1));
    refused(
        "new Translator",
        "encoder-decoder: token 'a' stands twice; must be different ones",
        () -> new Translator(kernel, network, Map.of(), List.of("a", "a"), "=", 1, 1));
    refused(
        "new BeamSearch",
        "beam search: width is 0, longest 3; must be at least 1",
        () -> new BeamSearch<>((state, symbol) -> null, 0, 1, 3));
    refused(
        "new Next",
        "beam search: logProbabilities is missing",
        () -> new BeamSearch.Next<>(null, "a state"));
    var config = new ModelConfig("gru", 2, 3, 1, false, "tagging", List.of("a"), null, 0);
    ModelSnapshot model = Initialization.fresh("m", config, 1);
    refused(
        "new Network",
        "network: at most 0 rows; must be at least 1",
        () -> new Network(tape.scope(), model, 0));
    refused(
        "new Stepper",
        "step: at most 0 rows; must be at least 1",
        () -> new Stepper(kernel, model, 0));
    try (WholeSequence whole = new WholeSequence(kernel, model)) {
      refused(
          "WholeSequence.runAll",
          "packing: 0 lengths; must be at least 1",
          () -> whole.runAll(List.of()));
      refused(
          "WholeSequence.run",
          "packing: length 0 is 0; lengths must be positive and sorted",
          () -> whole.run(List.of()));
    }
  }

  private void record(EncoderDecoder network, Pair... pairs) {
    network.record(tape, weights, Arrays.asList(pairs));
  }

  private void eventNetworks() {
    long before = Scope.heldBytes();
    refused(
        "new CausalConvolution",
        "set: [2, 6] has 12 elements, not 11",
        () -> new CausalConvolution(kernel, 3, 2, new float[11], new float[2]));
    refused(
        "new TreeComposer",
        "set: [2, 4] has 8 elements, not 7",
        () -> tree(new float[2], new float[7], "a"));
    refused(
        "new TreeComposer",
        "tree: 3 numbers for 1 leaves; must be 2 for each",
        () -> tree(new float[3], new float[8], "a"));
    String different = "; must be different ones, none of which is reduce";
    refused(
        "new TreeComposer",
        "tree: leaves are [a, a]" + different,
        () -> tree(new float[4], new float[8], "a", "a"));
    refused(
        "new TreeComposer",
        "tree: leaves are [a, reduce]" + different,
        () -> tree(new float[4], new float[8], "a", "reduce"));
    assertEquals(before, Scope.heldBytes());
    try (var convolution = new CausalConvolution(kernel, 1, 2, new float[2], new float[1])) {
      refused(
          "CausalConvolution.next",
          "convolution: the event has 3 features; must be 2",
          () -> convolution.next(List.of(), event(1, 2, 3)));
    }
  }

  private TreeComposer tree(float[] vectors, float[] weight, String... leaves) {
    return new TreeComposer(kernel, List.of(leaves), vectors, "reduce", weight, new float[2]);
  }

  private static Event event(float... features) {
    return new Event("s", null, features, Event.NO_LABEL, 0, false);
  }

  private void refused(String what, String message, Executable call) {
    refusing.add(what);
    assertEquals(message, assertThrows(IllegalArgumentException.class, call, what).getMessage());
  }
}
