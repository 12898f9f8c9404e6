package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.EncoderDecoder.Pair;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Its gradients are in {@link CompositionGradientTest}. */
class EncoderDecoderTest {
  /** The longest source is not the longest target, and one target is empty. */
  static final List<Pair> PAIRS =
      List.of(
          new Pair(new int[] {0, 1}, new int[] {2, 0, 1, 1}),
          new Pair(new int[] {3, 2, 1, 0, 3}, new int[] {1}),
          new Pair(new int[] {2}, new int[] {}),
          new Pair(new int[] {1, 3, 0}, new int[] {0, 2}));

  private final Kernel kernel = Kernels.best();

  static Stream<Arguments> networks() {
    return Stream.of(Cell.values())
        .flatMap(cell -> Stream.of(false, true).map(attention -> Arguments.of(cell, attention)));
  }

  private static EncoderDecoder network(Cell cell, boolean attention) {
    return new EncoderDecoder(cell, 4, 3, 3, 5, attention);
  }

  @ParameterizedTest(name = "{0} attention: {1}")
  @MethodSource("networks")
  void aPairHasTheSameBitsAloneAndAmongOthers(Cell cell, boolean attention) {
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      float[] together = losses(tape, weights, network(cell, attention), PAIRS);
      int at = 0;
      for (Pair pair : PAIRS) {
        float[] alone = losses(tape, weights, network(cell, attention), List.of(pair));
        assertEquals(pair.target().length + 1, alone.length);
        for (float loss : alone) {
          assertEquals(loss, together[at++]);
        }
      }
      assertEquals(together.length, at);
    }
  }

  private static float[] losses(
      Tape tape, Weights weights, EncoderDecoder network, List<Pair> pairs) {
    tape.reset();
    Node losses = network.record(tape, weights, pairs).losses();
    tape.forward();
    return losses.value().get();
  }

  /** What the search says of its answers is what the recorded network says of them. */
  @ParameterizedTest(name = "{0} attention: {1}")
  @MethodSource("networks")
  void theTranslatorRunsWhatWasRecorded(Cell cell, boolean attention) {
    EncoderDecoder network = network(cell, attention);
    long held = Scope.heldBytes();
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      losses(tape, weights, network, PAIRS);
      try (Translator translator = translator(network, weights.copy())) {
        for (Pair pair : PAIRS) {
          List<BeamSearch.Found> found = translator.search(read(translator, pair.source()));
          assertEquals(6, found.size());
          for (BeamSearch.Found answer : found) {
            int[] said = answer.symbols().stream().mapToInt(i -> i).toArray();
            float[] losses = losses(tape, weights, network, List.of(new Pair(pair.source(), said)));
            int counted = said.length == 4 ? 4 : losses.length; // the longest need no end
            double log = -IntStream.range(0, counted).mapToDouble(i -> losses[i]).sum();
            assertEquals(log, answer.logProbability(), 2e-6);
          }
        }
      }
    }
    assertEquals(held, Scope.heldBytes());
  }

  @Test
  void searchesHoldNoMoreMemoryThanTheLongestOne() {
    EncoderDecoder network = network(Cell.LSTM, true);
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      losses(tape, weights, network, PAIRS);
      try (Translator translator = translator(network, weights.copy())) {
        translator.search(read(translator, new int[50]));
        long held = Scope.heldBytes();
        for (int length = 1; length <= 50; length++) {
          translator.search(read(translator, new int[length]));
        }
        assertEquals(held, Scope.heldBytes());
      }
    }
  }

  @Test
  void sharesAreOfTheSourceForEachOutput() {
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      var recorded = network(Cell.GRU, true).record(tape, weights, PAIRS);
      tape.forward();
      assertEquals(PAIRS.size(), recorded.shares().size());
      for (int i = 0; i < PAIRS.size(); i++) {
        Node shares = recorded.shares().get(i);
        assertEquals(PAIRS.get(i).target().length + 1, shares.rows());
        assertEquals(PAIRS.get(i).source().length, shares.columns());
        for (int t = 0; t < shares.rows(); t++) {
          float sum = 0;
          for (float share : shares.rows(t, 1).value().get()) {
            sum += share;
          }
          assertEquals(1, sum, 1e-6);
        }
      }
    }
  }

  /** By hand: scores 0 and ln 3, so shares 1/4 and 3/4, and a context (3/4 ln 3, 7/4). */
  @Test
  void attentionIsThatOfThePaper() {
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      Node h = tape.constant(1, 2, 1, 0);
      Node e = tape.constant(2, 2, 0, 1, (float) Math.log(3), 2);
      Attention attention = Attention.of(tape, weights, "a", h, e);
      weights.set(Map.of("a.weight", new float[] {1, 0, 0, 0, 0, 1, 2, 0}));
      tape.forward();
      assertArrayEquals(new float[] {0.25f, 0.75f}, attention.shares().value().get(), 1e-6f);
      float[] y = {(float) Math.tanh(0.75 * Math.log(3)), (float) Math.tanh(1.75 + 2)};
      assertArrayEquals(y, attention.y().value().get(), 1e-6f);
    }
  }

  @Test
  void refusesByTheRule() {
    EncoderDecoder network = network(Cell.GRU, true);
    assertRefused(
        "encoder-decoder: sources 4, targets 0, width 3, hidden 5; must be at least 1",
        () -> new EncoderDecoder(Cell.GRU, 4, 0, 3, 5, true));
    try (Weights weights = new Weights(kernel, 2);
        Tape tape = new Tape(kernel)) {
      assertRefused(
          "encoder-decoder: target has symbol 3; there are 3",
          () -> losses(tape, weights, network, List.of(new Pair(new int[1], new int[] {3}))));
      assertRefused(
          "encoder-decoder: source has symbol -1; there are 4",
          () -> losses(tape, weights, network, List.of(new Pair(new int[] {-1}, new int[1]))));
      losses(tape, weights, network, PAIRS);
      Map<String, float[]> learned = weights.copy();
      try (Translator translator = translator(network, learned)) {
        List<float[]> memory = new ArrayList<>();
        assertRefused(
            "encoder-decoder: '=' asks before a token came",
            () -> translator.next(memory, event("=")));
        assertRefused(
            "encoder-decoder: there is no token 'e'", () -> translator.next(memory, event("e")));
        assertEquals(List.of(), memory);
      }
      long held = Scope.heldBytes();
      assertRefused(
          "encoder-decoder: 'a' asks, 4 tokens; must be 4, none of which asks",
          () -> new Translator(kernel, network, learned, List.of("a", "b", "c", "d"), "a", 1, 1));
      Map<String, float[]> fewer = new LinkedHashMap<>(learned);
      fewer.remove("attention.weight");
      String message =
          assertThrows(IllegalArgumentException.class, () -> translator(network, fewer))
              .getMessage();
      assertTrue(message.contains("attention.weight"), message);
      assertEquals(held, Scope.heldBytes());
    }
  }

  private static void assertRefused(String message, Runnable asked) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, asked::run).getMessage());
  }

  private Translator translator(EncoderDecoder network, Map<String, float[]> learned) {
    return new Translator(kernel, network, learned, List.of("a", "b", "c", "d"), "=", 6, 4);
  }

  private static List<float[]> read(Translator translator, int[] source) {
    List<float[]> memory = new ArrayList<>();
    for (int symbol : source) {
      translator.next(memory, event("abcd".substring(symbol, symbol + 1)));
    }
    return memory;
  }

  private static Event event(String token) {
    return new Event("s", token, null, -1, 0, false);
  }
}
