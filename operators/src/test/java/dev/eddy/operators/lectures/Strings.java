package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random strings of symbols to learn from, and others to be asked for: of all strings there are,
 * one in five is held out by its hash, and no such one is learned from.
 */
final class Strings {
  private final Random random;
  private final int kinds;
  private final Set<List<Integer>> learned = new HashSet<>();

  /**
   * Strings of so many kinds of symbols.
   *
   * @param seed of those that are learned from, and of those that are not
   */
  Strings(long seed, int kinds) {
    this.random = new Random(seed);
    this.kinds = kinds;
  }

  /** Strings to learn from, of those lengths; a string may come again. */
  List<int[]> toLearn(int... lengths) {
    List<int[]> strings = Arrays.stream(lengths).mapToObj(n -> draw(n, false)).toList();
    strings.forEach(string -> learned.add(list(string)));
    return strings;
  }

  /** Distinct strings of those lengths that were not learned from. */
  List<int[]> unseen(int... lengths) {
    Set<List<Integer>> unseen = new LinkedHashSet<>();
    for (int length : lengths) {
      while (!unseen.add(list(draw(length, true)))) {}
    }
    assertTrue(Collections.disjoint(learned, unseen), "a string that was learned");
    return unseen.stream().map(list -> list.stream().mapToInt(i -> i).toArray()).toList();
  }

  private int[] draw(int length, boolean heldOut) {
    int[] string = new int[length];
    do {
      Arrays.setAll(string, i -> random.nextInt(kinds));
    } while (heldOut(string) != heldOut);
    return string;
  }

  private static boolean heldOut(int[] string) {
    return Math.floorMod((Arrays.hashCode(string) * 0x9E3779B9) >> 16, 5) == 0;
  }

  private static List<Integer> list(int[] string) {
    return Arrays.stream(string).boxed().toList();
  }
}
