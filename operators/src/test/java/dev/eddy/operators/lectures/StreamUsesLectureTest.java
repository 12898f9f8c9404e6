package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.CellEquations;
import dev.eddy.operators.cell.EncoderDecoder;
import dev.eddy.operators.cell.EventNetwork;
import dev.eddy.operators.cell.Translator;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.stream.EventNetworkFunction;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import dev.eddy.serialization.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.java.tuple.Tuple2;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A language model and an encoder-decoder, learned first, then run over keyed streams. */
class StreamUsesLectureTest {
  private static final int HIDDEN = 32;

  // the language model

  private static final String REBER = "BTPSXVE";

  /** Of each state of the grammar (Reber 1967): a symbol and the state after it. */
  private static final String[][] GRAMMAR = {
    {"B1"}, {"T2", "P3"}, {"S2", "X4"}, {"T3", "V5"}, {"X3", "S6"}, {"P4", "V6"}, {"E7"}
  };

  private static String reber(Random random) {
    StringBuilder text = new StringBuilder();
    for (int state = 0; state < GRAMMAR.length; ) {
      String step = GRAMMAR[state][random.nextInt(GRAMMAR[state].length)];
      text.append(step.charAt(0));
      state = step.charAt(1) - '0';
    }
    return text.toString();
  }

  /** A GRU over symbols from a state {@code [sequences, HIDDEN]}: every h. */
  private static Node gru(Tape tape, Weights weights, Packing packing, int[] symbols, Node h0) {
    Node x = weights.embedding(tape, "symbols", REBER.length(), 16, symbols);
    var before = new CellEquations.State(h0, null);
    var forward = Recurrent.Direction.FORWARD;
    return weights.recurrent(tape, "rnn", Cell.GRU, forward, packing, x, before, HIDDEN).h();
  }

  private static Node logits(Tape tape, Weights weights, Node h) {
    return weights.affine(tape, "output", h, REBER.length());
  }

  /** Says how likely each symbol is to come next: the state of a sequence is all it remembers. */
  private static final class LanguageModel implements EventNetwork {
    private final Weights weights;
    private final Tape tape;
    private final int[] symbol = new int[1];
    private final Node before;
    private final Node h;
    private final Node probabilities;

    LanguageModel(Kernel kernel, Map<String, float[]> learned) {
      weights = new Weights(kernel, 0);
      tape = new Tape(kernel);
      before = tape.constant(1, HIDDEN);
      h = gru(tape, weights, new Packing(1), symbol, before);
      probabilities = Softmax.of(tape, logits(tape, weights, h));
      weights.set(learned);
    }

    @Override
    public float[] next(List<float[]> memory, Event event) {
      before.value().set(memory.isEmpty() ? new float[HIDDEN] : memory.remove(0));
      symbol[0] = REBER.indexOf(event.token());
      tape.forward();
      memory.add(h.value().get());
      return probabilities.value().get();
    }

    @Override
    public void close() {
      tape.close();
      weights.close();
    }
  }

  @Test
  @DisplayName(
      "L19 language model on a keyed stream: what it expects is what Reber's grammar allows")
  void languageModel() throws Exception {
    Map<String, float[]> learned = grammar();
    Random random = new Random(1000);
    List<Event> events = new ArrayList<>();
    Map<String, List<Integer>> allowed = new LinkedHashMap<>();
    for (int i = 0; i < 40; i++) {
      int state = 0;
      for (char symbol : reber(random).toCharArray()) {
        for (String step : GRAMMAR[state]) {
          state = step.charAt(0) == symbol ? step.charAt(1) - '0' : state;
        }
        if (symbol != 'E') {
          events.add(new Event("s" + i, String.valueOf(symbol), null, -1, 0, false));
          int mask = 0;
          for (String step : GRAMMAR[state]) {
            mask |= 1 << REBER.indexOf(step.charAt(0));
          }
          allowed.computeIfAbsent("s" + i, name -> new ArrayList<>()).add(mask);
        }
      }
    }
    int right = 0;
    Map<String, Integer> place = new LinkedHashMap<>();
    for (Tuple2<String, float[]> said :
        run(new EventNetworkFunction(on -> new LanguageModel(on, learned)), events)) {
      int mask = allowed.get(said.f0).get(place.merge(said.f0, 1, Integer::sum) - 1);
      right += likeliest(said.f1, Integer.bitCount(mask)) == mask ? 1 : 0;
    }
    assertEquals(events.size(), right);
  }

  private static Map<String, float[]> grammar() {
    Kernel kernel = Kernels.best();
    try (Weights weights = new Weights(kernel, 1);
        Tape tape = new Tape(kernel)) {
      Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
      Random random = new Random(2);
      for (int step = 0; step < 400; step++) {
        String[] texts = new String[32];
        Arrays.setAll(texts, i -> reber(random));
        Arrays.sort(texts, Comparator.comparingInt(String::length).reversed());
        int[] lengths = Arrays.stream(texts).mapToInt(text -> text.length() - 1).toArray();
        Packing packing = new Packing(lengths);
        int[] symbols = new int[packing.rows()];
        int[] next = new int[packing.rows()];
        for (int i = 0; i < texts.length; i++) {
          for (int t = 0; t < lengths[i]; t++) {
            symbols[packing.row(t, i)] = REBER.indexOf(texts[i].charAt(t));
            next[packing.row(t, i)] = REBER.indexOf(texts[i].charAt(t + 1));
          }
        }
        tape.reset();
        Node h0 = tape.constant(texts.length, HIDDEN);
        Node logits = logits(tape, weights, gru(tape, weights, packing, symbols, h0));
        learner.step(tape, CrossEntropy.of(tape, logits, next), 0.01);
      }
      return weights.copy();
    }
  }

  /** The n likeliest symbols, a bit for each. */
  private static int likeliest(float[] probabilities, int n) {
    return IntStream.range(0, probabilities.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -probabilities[i]))
        .limit(n)
        .mapToInt(i -> 1 << i)
        .sum();
  }

  // the encoder-decoder

  private static final List<String> WORDS =
      List.of(
          ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
                  + " fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty"
                  + " seventy eighty ninety")
              .split(" "));

  /** A number's words, as places in {@link #WORDS}. */
  private static int[] words(int number) {
    if (number < 20) {
      return new int[] {number};
    }
    int tens = 18 + number / 10;
    return number % 10 == 0 ? new int[] {tens} : new int[] {tens, number % 10};
  }

  private static final EncoderDecoder TRANSLATOR =
      new EncoderDecoder(Cell.GRU, WORDS.size(), 10, 16, HIDDEN, false);

  @Test
  @DisplayName("L19 encoder-decoder on a keyed stream: number words in, digits out, numbers unseen")
  void encoderDecoder() throws Exception {
    List<Integer> numbers = new ArrayList<>(IntStream.range(0, 100).boxed().toList());
    List<Integer> unseen = List.of(23, 34, 47, 56, 61, 72, 88, 95);
    numbers.removeAll(unseen);
    Map<String, float[]> learned = numbers(numbers);

    List<Event> events = new ArrayList<>();
    for (int place = 0; place < 3; place++) {
      for (int number : unseen) {
        String token = place == 2 ? "=" : WORDS.get(words(number)[place]);
        events.add(new Event("n" + number, token, null, -1, 0, false));
      }
    }
    List<String> said = new ArrayList<>();
    for (Tuple2<String, float[]> row :
        run(
            new EventNetworkFunction(
                on -> new Translator(on, TRANSLATOR, learned, WORDS, "=", 3, 4)),
            events)) {
      StringBuilder digits = new StringBuilder("n");
      for (float digit : row.f1) {
        digits.append((int) digit);
      }
      assertEquals(row.f0, digits.toString());
      said.add(row.f0);
    }
    assertEquals(unseen.size(), said.size());
  }

  private static Map<String, float[]> numbers(List<Integer> numbers) {
    Kernel kernel = Kernels.best();
    try (Weights weights = new Weights(kernel, 3);
        Tape tape = new Tape(kernel)) {
      List<EncoderDecoder.Pair> pairs =
          numbers.stream().map(n -> new EncoderDecoder.Pair(words(n), digits(n))).toList();
      Node losses = TRANSLATOR.record(tape, weights, pairs).losses();
      Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
      double loss = 1;
      for (int step = 0; step < 400; step++) {
        loss = learner.step(tape, losses, 0.01);
      }
      assertTrue(loss < 0.01, "loss " + loss);
      return weights.copy();
    }
  }

  private static int[] digits(int number) {
    return String.valueOf(number).chars().map(digit -> digit - '0').toArray();
  }

  /** What the function says, with a failure half way. */
  private static List<Tuple2<String, float[]>> run(
      EventNetworkFunction function, List<Event> events) throws Exception {
    List<Tuple2<String, float[]>> said = new ArrayList<>();
    int half = events.size() / 2;
    try (Subtask first = new Subtask(function, null)) {
      first.process(events.subList(0, half));
      said.addAll(first.said());
      try (Subtask second = new Subtask(function, first.snapshot())) {
        second.process(events.subList(half, events.size()));
        said.addAll(second.said());
      }
    }
    return said;
  }
}
