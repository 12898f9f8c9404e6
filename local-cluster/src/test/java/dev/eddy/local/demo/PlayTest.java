package dev.eddy.local.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All documents at once, round by round. */
final class PlayTest {
  private static final Corpus CORPUS =
      new Corpus("test", List.of(document("a", 5), document("b", 2), document("c", 4)));

  @Test
  void aRoundPlaysEachLiveDocumentOnce() {
    Play play = Play.of(CORPUS, 11, 1);
    assertArrayEquals(new int[] {5, 2, 4}, play.lengths());
    int[] order = play.documents();
    assertArrayEquals(new int[] {0, 1, 2}, sorted(order, 0, 3));
    assertArrayEquals(new int[] {0, 1, 2}, sorted(order, 3, 6));
    assertArrayEquals(new int[] {0, 2}, sorted(order, 6, 8));
    assertArrayEquals(new int[] {0, 2}, sorted(order, 8, 10));
    assertEquals(0, order[10]);
    int[] indices = play.indices();
    for (int i = 0; i < 11; i++) {
      assertEquals(i < 3 ? 0 : i < 6 ? 1 : i < 8 ? 2 : i < 10 ? 3 : 4, indices[i]);
    }
  }

  @Test
  void fewerEventsAreThePrefix() {
    Play play = Play.of(CORPUS, 4, 1);
    assertArrayEquals(Arrays.copyOf(Play.of(CORPUS, 11, 1).documents(), 4), play.documents());
    assertEquals(4, Arrays.stream(play.lengths()).sum());
  }

  @Test
  void roundsDifferAndSeedsRepeat() {
    Corpus many = new Corpus("many", Collections.nCopies(50, document("d", 2)));
    int[] order = Play.of(many, 100, 1).documents();
    assertFalse(Arrays.equals(order, 0, 50, order, 50, 100));
    assertArrayEquals(order, Play.of(many, 100, 1).documents());
    assertFalse(Arrays.equals(order, Play.of(many, 100, 2).documents()));
  }

  @Test
  void moreThanThereAreIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> Play.of(CORPUS, 12, 1));
    assertEquals("--events: 12 asked for, the corpus has 11", e.getMessage());
  }

  private static int[] sorted(int[] order, int from, int to) {
    int[] round = Arrays.copyOfRange(order, from, to);
    Arrays.sort(round);
    return round;
  }

  private static Corpus.Document document(String name, int length) {
    return new Corpus.Document(
        name, Collections.nCopies(length, "t"), Collections.nCopies(length, "l"));
  }
}
