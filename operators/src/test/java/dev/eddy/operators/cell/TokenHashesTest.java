package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The numbers are those of {@code zlib.crc32} in Python, modulo 16384. */
class TokenHashesTest {
  @Test
  void hashesAreTheStoredOnes() {
    check("The", 6570, 14809, 672, 8083, 2066, 5122, 3516, 1187, 15036, 10879);
    check("McCoy-42", 4314, 3493, 1783, 2460, 2850, 13462, 9596, 13363, 7869, 5309);
  }

  @Test
  void shortWordGivesAllOfItself() {
    check("of", 767, 4705, 4890, 6382, 16267, 1842, 1104, 8766, 1371, 15174);
    check("..", 13593, 9607, 6840, 12040, 2157, 12500, 13654, 5592, 12989, 3975);
  }

  @Test
  void charactersAreCodePointsAndLowerCaseHasNoLocale() {
    check("Über", 14595, 7689, 1895, 9241, 11354, 12221, 1535, 11809, 7183, 10879);
    check("𝒳語s", 8539, 6980, 14321, 14634, 11241, 12432, 4288, 622, 3560, 13338);
    check("İ", 4156, 13123, 2756, 11064, 648, 7832, 8549, 6550, 12326, 7054);
  }

  @Test
  void rowIsTheUnsignedRemainder() {
    int[] indices = new int[TokenHashes.COUNT];
    new TokenHashes(65521).hash("The", indices, 0);
    assertArrayEquals(
        new int[] {62124, 22750, 64983, 42413, 10112, 17416, 57542, 55589, 12398, 53498}, indices);
  }

  @Test
  void shapesSqueezeRuns() {
    assertEquals("XxXx-d", TokenHashes.shape("McCoy-42"));
    assertEquals("d,d", TokenHashes.shape("1,161"));
    assertEquals(".", TokenHashes.shape("..."));
    assertEquals("X語x", TokenHashes.shape("𝒳語語s"));
  }

  private static void check(String token, int... expected) {
    int[] indices = new int[TokenHashes.COUNT + 2];
    Arrays.fill(indices, -7);
    new TokenHashes(16384).hash(token, indices, 1);
    assertEquals(-7, indices[0]);
    assertEquals(-7, indices[TokenHashes.COUNT + 1]);
    assertArrayEquals(expected, Arrays.copyOfRange(indices, 1, TokenHashes.COUNT + 1), token);
  }
}
