package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.EncoderDecoder;
import dev.eddy.operators.cell.EncoderDecoder.Pair;
import dev.eddy.operators.cell.Translator;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import dev.eddy.serialization.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The uses of a recurrent layer, by where sequences go in and come out. */
class UsesLectureTest {
  private static final int HIDDEN = 32;

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 1);
  private final Tape tape = new Tape(kernel);
  private final Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  /** Every h of a GRU over symbols. */
  private Node gru(Packing packing, int[] symbols, int kinds) {
    Node x = weights.embedding(tape, "symbols", kinds, 8, symbols);
    var forward = Recurrent.Direction.FORWARD;
    return weights.recurrent(tape, "rnn", Cell.GRU, forward, packing, x, null, HIDDEN).h();
  }

  @Test
  @DisplayName("L19 classification: a sequence in, its first symbol remembered to the end")
  void classification() {
    int[] lengths = IntStream.range(0, 50).map(i -> 9 - i / 8).toArray();
    Packing packing = new Packing(lengths);
    int[] symbols = new int[packing.rows()];
    int[] labels = new int[lengths.length];
    Node last = packing.last(tape, gru(packing, symbols, 4));
    Node logits = weights.affine(tape, "output", last, 4);
    Node losses = CrossEntropy.of(tape, logits, labels);
    Strings strings = new Strings(1, 4);
    for (int step = 0; step < 400; step++) {
      firsts(packing, strings.toLearn(lengths), symbols, labels);
      learner.step(tape, losses, 0.01);
    }
    firsts(packing, strings.unseen(lengths), symbols, labels);
    assertTrue(Learner.loss(tape, losses) < 0.1);
    assertEquals(labels.length, correct(logits, labels));
  }

  private static void firsts(Packing packing, List<int[]> strings, int[] symbols, int[] labels) {
    pack(packing, strings, symbols);
    System.arraycopy(symbols, 0, labels, 0, labels.length);
  }

  @Test
  @DisplayName("L19 tagging: a sequence in, one as long out: is this symbol the same as the last")
  void tagging() {
    int[] lengths = IntStream.range(0, 50).map(i -> 10 - i / 10).toArray();
    Packing packing = new Packing(lengths);
    int[] symbols = new int[packing.rows()];
    int[] labels = new int[packing.rows()];
    Node logits = weights.affine(tape, "output", gru(packing, symbols, 3), 2);
    Node losses = CrossEntropy.of(tape, logits, labels);
    Strings strings = new Strings(2, 3);
    for (int step = 0; step < 400; step++) {
      repetitions(packing, strings.toLearn(lengths), symbols, labels);
      learner.step(tape, losses, 0.01);
    }
    repetitions(packing, strings.unseen(lengths), symbols, labels);
    tape.forward();
    assertEquals(labels.length, correct(logits, labels));
  }

  private static void repetitions(
      Packing packing, List<int[]> strings, int[] symbols, int[] labels) {
    pack(packing, strings, symbols);
    for (int i = 0; i < strings.size(); i++) {
      for (int t = 1; t < packing.length(i); t++) {
        int row = packing.row(t, i);
        labels[row] = symbols[row] == symbols[packing.row(t - 1, i)] ? 1 : 0;
      }
    }
  }

  private static void pack(Packing packing, List<int[]> strings, int[] symbols) {
    for (int i = 0; i < strings.size(); i++) {
      for (int t = 0; t < packing.length(i); t++) {
        symbols[packing.row(t, i)] = strings.get(i)[t];
      }
    }
  }

  /** An encoder-decoder whose source is a single item. */
  @Test
  @DisplayName("L19 generation: one item in, a sequence out, whose every symbol is the next input")
  void generation() {
    List<String> items = List.of("sat", "ran", "no");
    List<String> texts = List.of("the cat sat on the mat", "a dog ran to the cat", "no mat");
    String letters = " abcdefghijklmnopqrstuvwxyz";
    EncoderDecoder network = new EncoderDecoder(Cell.GRU, 3, letters.length(), 8, HIDDEN, false);
    List<Pair> pairs = new ArrayList<>();
    for (String text : texts) {
      pairs.add(new Pair(new int[] {pairs.size()}, text.chars().map(letters::indexOf).toArray()));
    }
    Node losses = network.record(tape, weights, pairs).losses();
    double loss = 1;
    for (int step = 0; step < 300; step++) {
      loss = learner.step(tape, losses, 0.02);
    }
    assertTrue(loss < 0.02, "loss " + loss);

    try (var says = new Translator(kernel, network, weights.copy(), items, "?", 1, 40)) {
      for (int i = 0; i < texts.size(); i++) {
        List<float[]> memory = new ArrayList<>();
        says.next(memory, new Event("s", items.get(i), null, -1, 0, false));
        StringBuilder said = new StringBuilder();
        says.search(memory).get(0).symbols().forEach(s -> said.append(letters.charAt(s)));
        assertEquals(texts.get(i), said.toString());
      }
    }
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
