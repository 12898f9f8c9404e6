package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.tensor.Kernels;
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

  @Test
  void aSequenceHasItsRowsInOrder() {
    try (Tape tape = new Tape(Kernels.scalar())) {
      Packing packing = new Packing(3, 2, 2);
      Node x = tape.constant(7, 1, 0, 1, 2, 10, 11, 12, 20);
      Node second = packing.sequence(tape, x, 1);
      Node first = packing.sequence(tape, x, 0);
      tape.forward();
      assertArrayEquals(new float[] {1, 11}, second.value().get());
      assertArrayEquals(new float[] {0, 10, 20}, first.value().get());
    }
  }

  @Test
  void theLongestIsPackedFirst() {
    int[] order = Packing.longestFirst(2, 5, 1, 5, 2);
    assertArrayEquals(new int[] {1, 3, 0, 4, 2}, order);
  }
}
