package dev.eddy.local.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The sums, on a play small enough to do them by hand. */
final class TallyTest {
  @Test
  void theBaselineIsTheMostFrequentLabelOfTheWordSoFarOrOfAll() {
    MostFrequentLabel baseline = new MostFrequentLabel();
    assertFalse(baseline.next("run", "vb"), "nothing is known");
    assertTrue(baseline.next("dog", "vb"), "a new word gets the most frequent of all");
    assertFalse(baseline.next("dog", "nn"));
    assertFalse(baseline.next("dog", "nn"), "one each: the first stays");
    assertTrue(baseline.next("dog", "nn"), "two to one");
    assertTrue(baseline.next("cat", "nn"), "nn has overtaken vb");
    assertTrue(baseline.next("run", "vb"), "a known word does not ask the others");
  }

  @Test
  void countsTheLastQuarterOnlyWhicheverTopicIsReadFirst() {
    Tally tally = new Tally();
    // two sequences in turn, eight events; the last quarter is the positions 6 and 7
    tally.tag("a", 3, "x", 1, 9_000);
    tally.tag("b", 3, "y", 1, 9_500);
    for (int position = 0; position < 8; position++) {
      String sequence = position % 2 == 0 ? "a" : "b";
      tally.labelled(sequence, position, "w", position == 7 ? "z" : "x", 1_000 + position);
    }
    for (int index = 0; index < 3; index++) {
      tally.tag("a", index, "wrong", 0, 2_000);
      tally.tag("b", index, "wrong", 0, 2_000);
    }
    // version 1 was published when five events had been learned
    tally.score(5, 1, 5, 2.0, 0);
    tally.score(3, 3, 8, 1.0, 1);
    tally.deadLetter();
    Result result = tally.result("test", 9);
    assertEquals(
        "result: dataset=test events=9 tagged=8 accuracy=0.5000 baseline=0.5000 versions=2"
            + " model-age=2 dead-letters=1 train-accuracy=1.0000 seconds=9",
        result.toString());
    assertEquals("8 of 9 events are tagged; dead letters: 1", result.failure().orElseThrow());
    assertEquals(4.0 / 8, tally.trainAccuracy(8));
    assertEquals(OptionalDouble.of(1.5), tally.loss());
  }

  @Test
  void aSingleEventIsItsOwnLastQuarter() {
    Tally tally = new Tally();
    tally.labelled("a", 0, "w", "x", 1_000);
    tally.tag("a", 0, "x", 0, 1_000);
    tally.score(1, 0, 1, 2.0, 0);
    Result result = tally.result("test", 1);
    assertEquals(Optional.empty(), result.failure());
    assertEquals(1, result.accuracy());
    assertEquals(0, result.trainAccuracy());
  }

  @Test
  void aTagThatIsGivenTwiceIsCountedTwice() {
    Tally tally = new Tally();
    tally.labelled("a", 0, "w", "x", 1_000);
    tally.tag("a", 0, "x", 0, 1_000);
    tally.tag("a", 0, "x", 0, 1_000);
    assertTrue(tally.result("test", 1).failure().isPresent());
  }

  @Test
  void anEventThatCameOutOfOrderOfTheOtherPartitionsCountsAtItsPlace() {
    Tally tally = new Tally();
    tally.labelled("b", 1, "w", "second", 1_001);
    tally.labelled("a", 0, "w", "first", 1_000);
    tally.labelled("b", 3, "w", "first", 1_003);
    tally.labelled("a", 2, "w", "first", 1_002);
    tally.tag("b", 1, "second", 0, 1_010);
    Result result = tally.result("test", 4);
    assertEquals(0, result.accuracy());
    assertEquals(1, result.baseline(), "by then 'first' had come twice");
  }
}
