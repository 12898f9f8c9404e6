package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.BeamSearch;
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
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The uses of a recurrent layer, by where sequences go in and come out. */
class UsesLectureTest {
  private static final int HIDDEN = 32;

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 1);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  /** A GRU over symbols from a state {@code [sequences, HIDDEN]}: every h. */
  private Node gru(Tape on, String name, Packing packing, int[] symbols, int kinds, Node h0) {
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
    Node h = gru(tape, "rnn", packing, symbols, 4, tape.constant(labels.length, HIDDEN));
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
    Node h = gru(tape, "rnn", packing, symbols, 3, tape.constant(packing.sequences(), HIDDEN));
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
    Node h = gru(tape, "rnn", packing, symbols, letters.length(), h0);
    Node logits = weights.affine(tape, "output", h, letters.length());
    Node losses = CrossEntropy.of(tape, logits, next);
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    double loss = 0;
    for (int step = 0; step < 300; step++) {
      loss = learner.step(tape, losses, 0.02);
    }
    assertTrue(loss < 0.02, "loss " + loss);

    try (Speaker speaker = new Speaker("rnn", letters.length(), null)) {
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
  @DisplayName("L19 encoder-decoder: a sequence in, its reverse out, by greedy and beam search")
  void encoderDecoder() {
    reverses(false);
  }

  @Test
  @DisplayName("L19 encoder-decoder with attention: each output looks at all of the input")
  void attention() {
    reverses(true);
  }

  /** Symbols 0 to 4, and two that begin and end the output. */
  private void reverses(boolean attending) {
    int length = 4;
    int pairs = 16;
    int begin = 5;
    int end = 6;
    Random random = new Random(5);
    int[][] in = new int[pairs][length];
    int[][] said = new int[pairs][length + 1];
    int[] next = new int[pairs * (length + 1)];
    Node[] all = new Node[pairs];
    for (int i = 0; i < pairs; i++) {
      Node encoded = encode(tape, in[i]);
      Node h0 = encoded.rows(length - 1, 1);
      Node h = gru(tape, "decoder", new Packing(length + 1), said[i], 7, h0);
      all[i] = attending ? attend(tape, h, encoded) : h;
    }
    Node logits = weights.affine(tape, "output", Concatenate.rows(tape, all), 7);
    Node losses = CrossEntropy.of(tape, logits, next);
    Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
    for (int step = 0; step < 500; step++) {
      for (int i = 0; i < pairs; i++) {
        draw(random, in[i], 5);
        said[i][0] = begin;
        for (int t = 0; t < length; t++) {
          said[i][t + 1] = in[i][length - 1 - t];
        }
        System.arraycopy(said[i], 1, next, i * (length + 1), length);
        next[(i + 1) * (length + 1) - 1] = end;
      }
      learner.step(tape, losses, step < 300 ? 0.01 : 0.003);
    }

    int exact = 0;
    int beamIsNoLess = 0;
    for (int i = 0; i < 50; i++) {
      int[] unseen = new int[length];
      draw(random, unseen, 5);
      try (Tape once = new Tape(kernel)) {
        Node encoded = encode(once, unseen);
        once.forward();
        float[] state = new float[HIDDEN];
        encoded.value().getRow(length - 1, state, 0);
        try (Speaker speaker = new Speaker("decoder", 7, attending ? encoded : null)) {
          var greedy = new BeamSearch<>(speaker::next, 1, end, 10).search(state, begin).get(0);
          var beam = new BeamSearch<>(speaker::next, 4, end, 10).search(state, begin).get(0);
          List<Integer> reversed = new ArrayList<>();
          for (int t = length - 1; t >= 0; t--) {
            reversed.add(unseen[t]);
          }
          exact += beam.symbols().equals(reversed) ? 1 : 0;
          beamIsNoLess += beam.logProbability() >= greedy.logProbability() - 1e-6 ? 1 : 0;
        }
      }
    }
    assertTrue(exact >= 47, exact + " of 50 unseen sequences");
    assertEquals(50, beamIsNoLess);
  }

  private Node encode(Tape on, int[] symbols) {
    Packing packing = new Packing(symbols.length);
    return gru(on, "encoder", packing, symbols, 5, on.constant(1, HIDDEN));
  }

  /** Scores of all inputs for each output, their softmax, the inputs' sum by it, beside h. */
  private Node attend(Tape on, Node h, Node encoded) {
    Node shares = Softmax.of(on, Affine.of(on, h, encoded, null));
    Node context = Product.of(on, shares, encoded);
    Node both = Concatenate.columns(on, h, context);
    return Apply.of(on, Function.TANH, weights.affine(on, "attention", both, HIDDEN));
  }

  /** One step of a decoder from a given state: the network that a beam search asks. */
  private final class Speaker implements AutoCloseable {
    private final Tape once = new Tape(kernel);
    private final int[] symbol = new int[1];
    private final Node before = once.constant(1, HIDDEN);
    private final Node h;
    private final Node probabilities;

    Speaker(String name, int kinds, Node encoded) {
      h = gru(once, name, new Packing(1), symbol, kinds, before);
      Node seen = encoded == null ? h : attend(once, h, encoded);
      probabilities = Softmax.of(once, weights.affine(once, "output", seen, kinds));
    }

    BeamSearch.Next<float[]> next(float[] state, int last) {
      before.value().set(state);
      symbol[0] = last;
      once.forward();
      float[] logs = probabilities.value().get();
      for (int i = 0; i < logs.length; i++) {
        logs[i] = (float) Math.log(logs[i]);
      }
      return new BeamSearch.Next<>(logs, h.value().get());
    }

    @Override
    public void close() {
      once.close();
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
