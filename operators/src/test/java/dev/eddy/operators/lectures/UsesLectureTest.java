package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.BeamSearch;
import dev.eddy.operators.cell.EventNetwork;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Product;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Softmax;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.stream.EventNetworkFunction;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The uses of a recurrent layer, by where sequences go in and come out. */
class UsesLectureTest {
  private static final int HIDDEN = 32;

  /** Beside the symbols 0 to 4: what begins and ends an output. */
  private static final int BEGIN = 5;

  private static final int END = 6;

  @RegisterExtension
  static final MiniClusterExtension CLUSTER =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder().setNumberSlotsPerTaskManager(2).build());

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 1);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  /** A GRU over symbols from a state {@code [sequences, HIDDEN]}: every h. */
  private static Node gru(
      Tape on, Weights weights, String name, Packing packing, int[] symbols, int kinds, Node h0) {
    Node x = weights.embedding(on, name + " symbols", kinds, 8, symbols);
    Recurrent.Weights w = weights.recurrent(name, Cell.GRU, 8, HIDDEN);
    return Recurrent.of(on, Cell.GRU, Recurrent.Direction.FORWARD, packing, x, h0, null, w).h();
  }

  @Test
  @DisplayName("L19 classification: a sequence in, its first symbol remembered to the end")
  void classification() {
    Packing packing = new Packing(9, 9, 8, 8, 7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2);
    int[] symbols = new int[packing.rows()];
    int[] labels = new int[packing.sequences()];
    Node h = gru(tape, weights, "rnn", packing, symbols, 4, tape.constant(labels.length, HIDDEN));
    Node[] last = new Node[labels.length];
    for (int i = 0; i < last.length; i++) {
      last[i] = h.rows(packing.row(packing.length(i) - 1, i), 1);
    }
    Node logits = weights.affine(tape, "output", Concatenate.rows(tape, last), 4);
    Node losses = CrossEntropy.of(tape, logits, labels);
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    Random random = new Random(1);
    for (int step = 0; step < 400; step++) {
      draw(random, symbols, 4);
      System.arraycopy(symbols, 0, labels, 0, labels.length);
      learner.step(tape, losses, 0.01);
    }
    draw(new Random(99), symbols, 4);
    System.arraycopy(symbols, 0, labels, 0, labels.length);
    assertTrue(Learner.loss(tape, losses) < 0.1);
    assertEquals(labels.length, correct(logits, labels));
  }

  @Test
  @DisplayName("L19 tagging: a sequence in, one as long out: is this symbol the same as the last")
  void tagging() {
    Packing packing = new Packing(10, 10, 10, 10, 9, 8, 7, 6);
    int[] symbols = new int[packing.rows()];
    int[] labels = new int[packing.rows()];
    Node h =
        gru(tape, weights, "rnn", packing, symbols, 3, tape.constant(packing.sequences(), HIDDEN));
    Node logits = weights.affine(tape, "output", h, 2);
    Node losses = CrossEntropy.of(tape, logits, labels);
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    Random random = new Random(2);
    for (int step = 0; step < 400; step++) {
      repetitions(random, packing, symbols, labels);
      learner.step(tape, losses, 0.01);
    }
    repetitions(new Random(99), packing, symbols, labels);
    tape.forward();
    assertEquals(labels.length, correct(logits, labels));
  }

  private static void repetitions(Random random, Packing packing, int[] symbols, int[] labels) {
    draw(random, symbols, 3);
    for (int i = 0; i < packing.sequences(); i++) {
      for (int t = 0; t < packing.length(i); t++) {
        int row = packing.row(t, i);
        labels[row] = t > 0 && symbols[row] == symbols[packing.row(t - 1, i)] ? 1 : 0;
      }
    }
  }

  /**
   * A language model learns with the words of the text as its input (teacher forcing), and then
   * goes on from its own predictions. What it is to say depends on one item, its first state: so it
   * is also the generation of a sequence from one item.
   */
  @Test
  @DisplayName("L19 language model, and generation from one item: its own words are its next input")
  void languageModel() {
    String[] texts = {"the cat sat on the mat", "a dog ran to the cat", "no mat on a dog"};
    String letters = "^ abcdefghijklmnopqrstuvwxyz$";
    Packing packing = new Packing(23, 21, 16);
    int[] symbols = new int[packing.rows()];
    int[] next = new int[packing.rows()];
    for (int i = 0; i < texts.length; i++) {
      String text = "^" + texts[i] + "$";
      for (int t = 0; t + 1 < text.length(); t++) {
        symbols[packing.row(t, i)] = letters.indexOf(text.charAt(t));
        next[packing.row(t, i)] = letters.indexOf(text.charAt(t + 1));
      }
    }
    Node h0 = weights.embedding(tape, "items", 3, HIDDEN, new int[] {0, 1, 2});
    Node h = gru(tape, weights, "rnn", packing, symbols, letters.length(), h0);
    Node logits = weights.affine(tape, "output", h, letters.length());
    Node losses = CrossEntropy.of(tape, logits, next);
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    double loss = 0;
    for (int step = 0; step < 300; step++) {
      loss = learner.step(tape, losses, 0.02);
    }
    assertTrue(loss < 0.02, "loss " + loss);

    try (Speaker speaker = new Speaker(weights, "rnn", letters.length(), null)) {
      BeamSearch<float[]> greedy = new BeamSearch<>(speaker::next, 1, letters.length() - 1, 40);
      for (int i = 0; i < texts.length; i++) {
        float[] item = new float[HIDDEN];
        weights.tables().get(0).value().getRow(i, item, 0);
        StringBuilder said = new StringBuilder();
        for (int symbol : greedy.search(item, 0).get(0).symbols()) {
          said.append(letters.charAt(symbol));
        }
        assertEquals(texts[i], said.toString());
      }
    }
  }

  @Test
  @DisplayName(
      "L19 encoder-decoder as a job: a sequence in, its reverse out, by greedy and beam search")
  void encoderDecoder() throws Exception {
    reverses(false);
  }

  @Test
  @DisplayName("L19 encoder-decoder with attention as a job: each output looks at all of the input")
  void attention() throws Exception {
    reverses(true);
  }

  /** Learned first, then served by a job, which beam searches of width 1 (greedy) and 4 answer. */
  private void reverses(boolean attending) throws Exception {
    int length = 4;
    int pairs = 16;
    Random random = new Random(5);
    int[][] in = new int[pairs][length];
    int[][] said = new int[pairs][length + 1];
    int[] next = new int[pairs * (length + 1)];
    Node[] all = new Node[pairs];
    for (int i = 0; i < pairs; i++) {
      Node encoded = encode(tape, weights, in[i]);
      Node h0 = encoded.rows(length - 1, 1);
      Node h = gru(tape, weights, "decoder", new Packing(length + 1), said[i], 7, h0);
      all[i] = attending ? attend(tape, weights, h, encoded) : h;
    }
    Node logits = weights.affine(tape, "output", Concatenate.rows(tape, all), 7);
    Node losses = CrossEntropy.of(tape, logits, next);
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    for (int step = 0; step < 500; step++) {
      for (int i = 0; i < pairs; i++) {
        draw(random, in[i], 5);
        said[i][0] = BEGIN;
        for (int t = 0; t < length; t++) {
          said[i][t + 1] = in[i][length - 1 - t];
        }
        System.arraycopy(said[i], 1, next, i * (length + 1), length);
        next[(i + 1) * (length + 1) - 1] = END;
      }
      learner.step(tape, losses, step < 300 ? 0.01 : 0.003);
    }

    answers(weights.copy(), length, attending);
  }

  private static void answers(Map<String, float[]> learned, int length, boolean attending)
      throws Exception {
    Random unseen = new Random(99);
    List<Event> events = new ArrayList<>();
    Map<String, String> reversed = new TreeMap<>();
    for (int i = 0; i < 50; i++) {
      for (int t = 0; t < length; t++) {
        String symbol = String.valueOf(unseen.nextInt(5));
        events.add(new Event("s" + i, symbol, null, -1, 0, false));
        reversed.merge("s" + i, symbol, (before, next) -> next + before);
      }
      events.add(new Event("s" + i, "=", null, -1, 0, true));
    }
    for (int width : new int[] {1, 4}) {
      Map<String, String> said =
          said(new EventNetworkFunction(on -> Reverser.of(on, learned, attending, width)), events);
      assertEquals(reversed.keySet(), said.keySet());
      long exact = said.entrySet().stream().filter(reversed.entrySet()::contains).count();
      assertTrue(exact >= 47, exact + " of 50 unseen sequences, width " + width);
    }
  }

  /** What a job says of each sequence. */
  @SuppressWarnings("try")
  private static Map<String, String> said(EventNetworkFunction function, List<Event> events)
      throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(2);
    var said =
        env.fromData(Types.EVENT, events.toArray(Event[]::new))
            .setParallelism(1)
            .keyBy(Event::sequence)
            .process(function, EventNetworkFunction.OUTPUT);
    Map<String, String> all = new TreeMap<>();
    try (CloseableIterator<Tuple2<String, float[]>> rows = said.executeAndCollect()) {
      rows.forEachRemaining(
          row -> {
            StringBuilder symbols = new StringBuilder();
            for (float symbol : row.f1) {
              symbols.append((int) symbol);
            }
            all.put(row.f0, symbols.toString());
          });
    }
    return all;
  }

  private static Node encode(Tape on, Weights weights, int[] symbols) {
    Packing packing = new Packing(symbols.length);
    return gru(on, weights, "encoder", packing, symbols, 5, on.constant(1, HIDDEN));
  }

  /** Scores of all inputs for each output, their softmax, the inputs' sum by it, beside h. */
  private static Node attend(Tape on, Weights weights, Node h, Node encoded) {
    Node shares = Softmax.of(on, Affine.of(on, h, encoded, null));
    Node context = Product.of(on, shares, encoded);
    Node both = Concatenate.columns(on, h, context);
    return Apply.of(on, Function.TANH, weights.affine(on, "attention", both, HIDDEN));
  }

  /** One step of a layer from a given state. */
  private static final class Step implements AutoCloseable {
    private final Tape once;
    private final int[] symbol = new int[1];
    private final Node before;
    private final Node h;

    Step(Weights weights, String name, int kinds) {
      once = new Tape(weights.kernel());
      before = once.constant(1, HIDDEN);
      h = gru(once, weights, name, new Packing(1), symbol, kinds, before);
    }

    float[] after(float[] state, int next) {
      before.value().set(state);
      symbol[0] = next;
      once.forward();
      return h.value().get();
    }

    @Override
    public void close() {
      once.close();
    }
  }

  /** One step of a decoder and what follows: the network that a beam search asks. */
  private static final class Speaker implements AutoCloseable {
    private final Step step;
    private final Node probabilities;

    /**
     * A decoder.
     *
     * @param encoded the states {@code [n, HIDDEN]} that it looks at; null for none
     */
    Speaker(Weights weights, String name, int kinds, List<float[]> encoded) {
      step = new Step(weights, name, kinds);
      Node seen = step.h;
      if (encoded != null) {
        Node all = step.once.constant(encoded.size(), HIDDEN);
        for (int row = 0; row < encoded.size(); row++) {
          all.value().setRow(row, encoded.get(row), 0);
        }
        seen = attend(step.once, weights, step.h, all);
      }
      probabilities = Softmax.of(step.once, weights.affine(step.once, "output", seen, kinds));
    }

    BeamSearch.Next<float[]> next(float[] state, int last) {
      float[] after = step.after(state, last);
      float[] logs = probabilities.value().get();
      for (int i = 0; i < logs.length; i++) {
        logs[i] = (float) Math.log(logs[i]);
      }
      return new BeamSearch.Next<>(logs, after);
    }

    @Override
    public void close() {
      step.close();
    }
  }

  /** Reads symbols, and says their reverse when it is asked by {@code =}. */
  private record Reverser(Weights weights, Step encoder, boolean attending, int width)
      implements EventNetwork {
    static Reverser of(Kernel kernel, Map<String, float[]> learned, boolean attending, int width) {
      Weights weights = new Weights(kernel, 0);
      var reverser = new Reverser(weights, new Step(weights, "encoder", 5), attending, width);
      reverser.decoder(List.of(new float[HIDDEN])).close(); // makes the weights that are then set
      weights.set(learned);
      return reverser;
    }

    private Speaker decoder(List<float[]> encoded) {
      return new Speaker(weights, "decoder", 7, attending ? encoded : null);
    }

    @Override
    public float[] next(List<float[]> memory, Event event) {
      float[] last = memory.isEmpty() ? new float[HIDDEN] : memory.get(memory.size() - 1);
      if (!event.token().equals("=")) {
        memory.add(encoder.after(last, Integer.parseInt(event.token())));
        return null;
      }
      try (Speaker decoder = decoder(memory)) {
        var search = new BeamSearch<>(decoder::next, width, END, 10);
        List<Integer> symbols = search.search(last, BEGIN).get(0).symbols();
        float[] said = new float[symbols.size()];
        for (int i = 0; i < said.length; i++) {
          said[i] = symbols.get(i);
        }
        return said;
      }
    }

    @Override
    public void close() {
      encoder.close();
      weights.close();
    }
  }

  private static void draw(Random random, int[] symbols, int kinds) {
    Arrays.setAll(symbols, i -> random.nextInt(kinds));
  }

  private int correct(Node logits, int[] labels) {
    int[] predicted = new int[labels.length];
    kernel.argmax(logits.value(), predicted);
    int correct = 0;
    for (int i = 0; i < labels.length; i++) {
      correct += predicted[i] == labels[i] ? 1 : 0;
    }
    return correct;
  }
}
