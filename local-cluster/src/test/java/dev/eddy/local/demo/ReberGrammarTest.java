package dev.eddy.local.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The grammar against its regular expression, and the automaton against itself. */
final class ReberGrammarTest {
  @Test
  void everyStringBelongsToTheGrammar() {
    String tail = "(?:XT*VP)*(?:S|XT*VV)";
    String small = "B(?:TS*X" + tail + "|PT*V(?:V|P" + tail + "))E";
    Pattern string = Pattern.compile("B(?:T" + small + "T|P" + small + "P)E");
    for (var document : ReberGrammar.generate(20, 2_000, 7).documents()) {
      String text = String.join("", document.tokens());
      assertEquals(2_000, text.length());
      String whole = text.substring(0, text.lastIndexOf("EB", text.length() - 2) + 1);
      var strings = string.matcher(whole);
      int end = 0;
      while (strings.find()) {
        assertEquals(end, strings.start(), "not of the grammar: " + whole.substring(end));
        end = strings.end();
      }
      assertTrue(end > 1_800, "not of the grammar: " + whole.substring(end));
    }
  }

  @Test
  void theStateFollowsFromTheStateBeforeAndTheSymbolAndNotFromLess() {
    Map<String, String> next = new HashMap<>();
    Map<String, String> lastOfThree = new HashMap<>();
    boolean needsMemory = false;
    for (var document : ReberGrammar.generate(20, 2_000, 7).documents()) {
      for (int i = 3; i < document.tokens().size(); i++) {
        String label = document.labels().get(i);
        String known = next.put(document.labels().get(i - 1) + document.tokens().get(i), label);
        assertTrue(known == null || known.equals(label), known + " and " + label);
        String seen = String.join("", document.tokens().subList(i - 3, i + 1));
        String other = lastOfThree.put(seen, label);
        needsMemory |= other != null && !other.equals(label);
      }
    }
    assertTrue(needsMemory, "four symbols tell every state");
  }

  @Test
  void theSameSeedGivesTheSameCorpus() {
    assertEquals(ReberGrammar.generate(3, 50, 1), ReberGrammar.generate(3, 50, 1));
    assertNotEquals(ReberGrammar.generate(3, 50, 1), ReberGrammar.generate(3, 50, 2));
  }
}
