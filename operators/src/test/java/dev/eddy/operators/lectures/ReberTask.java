package dev.eddy.operators.lectures;

import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.tensor.Cell;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The next symbol of strings of the embedded Reber grammar (Hochreiter and Schmidhuber 1997): a
 * branch, T or P, a string of the inner grammar, and the same branch again, over whose middle it
 * has to be remembered. An inner string is either learned from, or says when to stop, or is judged
 * by, only ever one of them, whatever the branch around it.
 */
final class ReberTask extends MemoryTask {
  private static final String SYMBOLS = "BTPSXVE";

  /** Of each state of the inner grammar the symbols and where they lead; 7 is its end. */
  private static final String[] LEGAL = {"B", "TP", "SX", "TV", "XS", "PV", "E"};

  private static final int[][] NEXT = {{1}, {2, 3}, {2, 4}, {3, 5}, {3, 6}, {4, 6}, {7}};
  private static final int BATCH = 16;

  /** Of the four equal parts of the inner strings the first two are learned from. */
  private static final int STOPPING = 3;

  private static final int JUDGING = 2;

  /**
   * What was said of strings that are not learned from.
   *
   * @param illegal symbols that may not follow, where the inner grammar and the ends decide
   * @param forgotten strings whose branch was not said again
   */
  record Score(int strings, int illegal, int forgotten) {}

  /** Of each number of symbols and each state of the inner grammar, the ways to its end. */
  private final double[][] ways;

  private final Packing packing;
  private final Node x;
  private final int[] labels;
  private final Node logits;
  private final Node losses;

  /** The inner strings. */
  private final Set<String> learned = new HashSet<>();

  /** Batches of strings that say when to stop, all different. */
  private final List<String[]> stops;

  /** Batches of strings to judge by, likewise. */
  private final List<String[]> judges;

  /** Each batch has an inner string of each of 16 lengths from the shortest on, at least 12. */
  ReberTask(Cell cell, int shortest, long seed) {
    super(seed, 3);
    int longest = shortest + BATCH - 1;
    ways = new double[longest + 1][8];
    ways[0][7] = 1;
    for (int n = 1; n <= longest; n++) {
      for (int state = 0; state < 7; state++) {
        for (int next : NEXT[state]) {
          ways[n][state] += ways[n - 1][next];
        }
      }
    }
    packing = new Packing(IntStream.range(0, BATCH).map(i -> longest + 3 - i).toArray());
    x = tape.constant(packing.rows(), SYMBOLS.length());
    labels = new int[packing.rows()];
    Node h = recurrent(cell, packing, x, 48);
    logits = weights.affine(tape, "output", h, SYMBOLS.length());
    losses = CrossEntropy.of(tape, logits, labels);
    Random held = new Random(~seed);
    stops = different(10, held, STOPPING);
    judges = different(20, held, JUDGING);
  }

  private List<String[]> different(int batches, Random random, int part) {
    Set<String> different = new HashSet<>();
    List<String[]> all = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      String[] batch = new String[BATCH];
      for (int s = 0; s < BATCH; s++) {
        do {
          batch[s] = string(packing.length(s) - 3, random, part, part);
        } while (!different.add(batch[s]));
      }
      all.add(batch);
    }
    return all;
  }

  /** A string whose inner one has n symbols and is of these parts, all such equally likely. */
  private String string(int n, Random random, int firstPart, int lastPart) {
    String inner;
    int part;
    do {
      inner = inner(n, random);
      part = (inner.hashCode() * 0x9E3779B9) >>> 30;
    } while (part < firstPart || part > lastPart);
    String branch = random.nextBoolean() ? "T" : "P";
    return "B" + branch + inner + branch + "E";
  }

  private static String inner(String string) {
    return string.substring(2, string.length() - 2);
  }

  private String inner(int n, Random random) {
    StringBuilder inner = new StringBuilder();
    for (int state = 0, left = n; left > 0; left--) {
      double first = ways[left - 1][NEXT[state][0]];
      int way = random.nextDouble() * ways[left][state] < first ? 0 : 1;
      inner.append(LEGAL[state].charAt(way));
      state = NEXT[state][way];
    }
    return inner.toString();
  }

  @Override
  Node losses() {
    return losses;
  }

  @Override
  void draw() {
    String[] strings = new String[BATCH];
    for (int s = 0; s < BATCH; s++) {
      strings[s] = string(packing.length(s) - 3, random, 0, 1);
      learned.add(inner(strings[s]));
    }
    set(strings);
  }

  private void set(String[] strings) {
    for (int s = 0; s < BATCH; s++) {
      for (int t = 0; t < packing.length(s); t++) {
        float[] event = new float[SYMBOLS.length()];
        event[SYMBOLS.indexOf(strings[s].charAt(t))] = 1;
        x.value().setRow(packing.row(t, s), event, 0);
        labels[packing.row(t, s)] = SYMBOLS.indexOf(strings[s].charAt(t + 1));
      }
    }
  }

  Score score() {
    return score(judges);
  }

  private Score score(List<String[]> batches) {
    int illegal = 0;
    int forgotten = 0;
    int[] said = new int[packing.rows()];
    for (String[] strings : batches) {
      set(strings);
      tape.forward();
      tape.kernel().argmax(logits.value(), said);
      for (int s = 0; s < BATCH; s++) {
        String string = strings[s];
        if (learned.contains(inner(string))) {
          throw new IllegalStateException(string + " was learned from");
        }
        int state = 0;
        for (int t = 0; t < packing.length(s); t++) {
          char next = SYMBOLS.charAt(said[packing.row(t, s)]);
          if (t == packing.length(s) - 2) {
            forgotten += next == string.charAt(1) ? 0 : 1;
          } else if (t == 0) {
            illegal += next == 'T' || next == 'P' ? 0 : 1;
          } else if (state == 7) {
            illegal += next == 'E' ? 0 : 1;
          } else {
            illegal += LEGAL[state].indexOf(next) >= 0 ? 0 : 1;
            state = NEXT[state][LEGAL[state].indexOf(string.charAt(t + 1))];
          }
        }
      }
    }
    return new Score(batches.size() * BATCH, illegal, forgotten);
  }

  @Override
  boolean solved() {
    Score score = score(stops);
    return score.illegal + score.forgotten == 0;
  }
}
