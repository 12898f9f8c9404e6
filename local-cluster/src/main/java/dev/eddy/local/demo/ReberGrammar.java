package dev.eddy.local.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Strings of the embedded Reber grammar, each symbol labelled with the automaton's state after it.
 *
 * <p>A string is {@code B}, then {@code T} or {@code P}, then a string of the small grammar, then
 * the same {@code T} or {@code P} again, then {@code E}. The states of the small grammar carry the
 * letter of their branch, so that the second symbol has to be remembered to the end: what recurrent
 * networks were invented for, and what the last symbols alone do not tell. Hochreiter and
 * Schmidhuber, "Long Short-Term Memory" (1997), section 5.1.
 */
final class ReberGrammar {
  /**
   * The small grammar: in state {@code s} the symbol {@code SYMBOLS[s][i]} leads to {@code
   * NEXT[s][i]}.
   */
  private static final String[][] SYMBOLS = {
    {"B"}, {"T", "P"}, {"S", "X"}, {"T", "V"}, {"X", "S"}, {"P", "V"}, {"E"}
  };

  private static final int[][] NEXT = {{1}, {2, 3}, {2, 4}, {3, 5}, {3, 6}, {4, 6}, {7}};
  private static final int LAST = 7;

  private ReberGrammar() {}

  /** So many documents of one length; the same for the same seed. */
  static Corpus generate(int documents, int length, long seed) {
    List<Corpus.Document> all = new ArrayList<>();
    for (int d = 0; d < documents; d++) {
      all.add(document("reber-" + d, length, new Random(seed + d)));
    }
    return new Corpus("reber", all);
  }

  /** One string after the other; the last is cut where the document is full. */
  private static Corpus.Document document(String name, int length, Random random) {
    List<String> tokens = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    while (tokens.size() < length) {
      string(random, tokens, labels);
    }
    return new Corpus.Document(name, tokens.subList(0, length), labels.subList(0, length));
  }

  private static void string(Random random, List<String> tokens, List<String> labels) {
    String branch = random.nextBoolean() ? "T" : "P";
    String state = branch.toLowerCase(Locale.ROOT);
    tokens.addAll(List.of("B", branch));
    labels.addAll(List.of("begun", state + 0));
    for (int s = 0; s != LAST; ) {
      int way = random.nextInt(SYMBOLS[s].length);
      tokens.add(SYMBOLS[s][way]);
      s = NEXT[s][way];
      labels.add(state + s);
    }
    tokens.addAll(List.of(branch, "E"));
    labels.addAll(List.of(state + "-closed", "ended"));
  }
}
