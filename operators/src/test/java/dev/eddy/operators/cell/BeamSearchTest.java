package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.BeamSearch.Found;
import dev.eddy.operators.cell.BeamSearch.Next;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A beam finds what the greedy search misses, and a wide one finds the best there is. */
class BeamSearchTest {
  private static final int END = 2;

  /** After each symbol: a garden path, where the more likely first symbol leads nowhere. */
  private static final double[][] NEXT = {
    {0.34, 0.33, 0.33}, // after 0
    {0.05, 0.05, 0.9}, // after 1
    {0, 0, 1}, // after the end
    {0.6, 0.4, 0}, // at the beginning
  };

  private static Next<Integer> next(int steps, int symbol) {
    float[] logs = new float[3];
    for (int i = 0; i < 3; i++) {
      logs[i] = (float) Math.log(NEXT[symbol][i]);
    }
    return new Next<>(logs, steps + 1);
  }

  @Test
  void theGreedySearchTakesTheLikeliestSymbolEachTime() {
    Found found = new BeamSearch<>(BeamSearchTest::next, 1, END, 3).search(0, 3).get(0);
    assertEquals(List.of(0, 0, 0), found.symbols());
    assertEquals(Math.log(0.6 * 0.34 * 0.34), found.logProbability(), 1e-6);
  }

  @Test
  void aBeamOfTwoFindsTheLikeliestSequence() {
    List<Found> found = new BeamSearch<>(BeamSearchTest::next, 2, END, 3).search(0, 3);
    assertEquals(2, found.size());
    assertEquals(List.of(1), found.get(0).symbols());
    assertEquals(Math.log(0.4 * 0.9), found.get(0).logProbability(), 1e-6);
  }

  @Test
  void aBeamWideEnoughFindsEverySequenceInOrder() {
    List<Found> found = new BeamSearch<>(BeamSearchTest::next, 1000, END, 2).search(0, 3);
    // END at once (probability 0), then one symbol and END, or two symbols
    assertEquals(1 + 2 + 4, found.size());
    double sum = 0;
    for (int i = 0; i < found.size(); i++) {
      sum += Math.exp(found.get(i).logProbability());
      if (i > 0) {
        assertTrue(found.get(i - 1).logProbability() >= found.get(i).logProbability());
      }
    }
    assertEquals(1, sum, 1e-6);
  }

  @Test
  void refusesAnEmptyBeam() {
    assertEquals(
        "beam search: width is 0, longest 5; must be at least 1",
        assertThrows(
                IllegalArgumentException.class,
                () -> new BeamSearch<>(BeamSearchTest::next, 0, END, 5))
            .getMessage());
  }
}
