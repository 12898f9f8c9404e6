package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackingTest {
  @Test
  void everyStepHoldsTheSequencesThatStillRun() {
    Packing packing = new Packing(4, 2, 2, 1);
    assertEquals(4, packing.steps());
    assertEquals(9, packing.rows());
    assertEquals(4, packing.sequences());
    int[] sizes = {4, 3, 1, 1};
    int[] offsets = {0, 4, 7, 8};
    for (int t = 0; t < 4; t++) {
      assertEquals(sizes[t], packing.size(t));
      assertEquals(offsets[t], packing.offset(t));
    }
    assertEquals(6, packing.row(1, 2));
  }

  @Test
  void everyRowBelongsToOneTimestepOfOneSequence() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int[] shortestFirst = random.ints(1 + random.nextInt(9), 1, 12).sorted().toArray();
      int n = shortestFirst.length;
      int[] lengths = new int[n];
      Arrays.setAll(lengths, i -> shortestFirst[n - 1 - i]);
      Packing packing = new Packing(lengths);
      int[] uses = new int[packing.rows()];
      for (int s = 0; s < n; s++) {
        for (int t = 0; t < lengths[s]; t++) {
          uses[packing.row(t, s)]++;
        }
      }
      int[] once = new int[uses.length];
      Arrays.fill(once, 1);
      assertEquals(Arrays.toString(once), Arrays.toString(uses));
    }
  }
}
