package dev.eddy.jobs;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Random;

/** Reber's grammar (1967): strings of it, and what is one. */
final class Reber {
  static final List<String> SYMBOLS = List.of("B", "T", "P", "S", "X", "V", "E");

  /** Of each state the symbols that may follow, and where they lead. */
  private static final String[][] GRAMMAR = {
    {"B1"}, {"T2", "P3"}, {"S2", "X4"}, {"T3", "V5"}, {"X3", "S6"}, {"P4", "V6"}, {"E7"}
  };

  private Reber() {}

  /** A string of the grammar. */
  static String string(Random random) {
    StringBuilder text = new StringBuilder();
    for (int state = 0; state < GRAMMAR.length; ) {
      String step = GRAMMAR[state][random.nextInt(GRAMMAR[state].length)];
      text.append(step.charAt(0));
      state = step.charAt(1) - '0';
    }
    return text.toString();
  }

  static boolean legal(String text) {
    return state(text) == GRAMMAR.length;
  }

  /** Whether a string is one of the grammar, or begins one. */
  static boolean begins(String text) {
    return state(text) >= 0;
  }

  /** Where a string leads, -1 where it is not of the grammar. */
  private static int state(String text) {
    int state = 0;
    for (int i = 0; i < text.length(); i++) {
      char symbol = text.charAt(i);
      int next = -1;
      for (String step : state == GRAMMAR.length ? new String[0] : GRAMMAR[state]) {
        next = step.charAt(0) == symbol ? step.charAt(1) - '0' : next;
      }
      if (next < 0) {
        return -1;
      }
      state = next;
    }
    return state;
  }

  /** The symbols that may follow a string, in the order of {@link #SYMBOLS}. */
  static String allowed(String text) {
    return SYMBOLS.stream().filter(symbol -> begins(text + symbol)).collect(joining());
  }
}
