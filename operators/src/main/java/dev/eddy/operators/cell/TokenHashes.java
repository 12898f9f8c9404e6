package dev.eddy.operators.cell;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * The rows of an embedding table that a token hashes to: {@code crc32(utf8(s)) mod rows} for the
 * {@value #COUNT} strings {@code w=} word, {@code l=} lower, {@code s1=} to {@code s4=} the last 1
 * to 4 characters of lower, {@code p1=} to {@code p3=} the first, and {@code sh=} its shape.
 *
 * <p>Characters are code points. A word shorter than n gives all of itself: {@code of} gives {@code
 * s2=of}, {@code s3=of} and {@code s4=of}. The shape has X for upper case, x for lower case, d for
 * a digit and other characters as they are, runs squeezed to one: {@code McCoy-42} gives {@code
 * XxXx-d}.
 */
final class TokenHashes {
  static final int COUNT = 10;
  private static final String[] SUFFIXES = {"s1=", "s2=", "s3=", "s4="};
  private static final String[] PREFIXES = {"p1=", "p2=", "p3="};

  private final CRC32 crc = new CRC32();
  private final int rows;

  TokenHashes(int rows) {
    this.rows = rows;
  }

  /** Sets {@code indices[at..at + COUNT)} in the order above. */
  void hash(String token, int[] indices, int at) {
    byte[] word = token.getBytes(StandardCharsets.UTF_8);
    byte[] lower = token.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
    byte[] shape = shape(token).getBytes(StandardCharsets.UTF_8);
    int i = at;
    indices[i++] = row("w=", word, 0, word.length);
    indices[i++] = row("l=", lower, 0, lower.length);
    int from = lower.length;
    for (String suffix : SUFFIXES) {
      do {
        from--;
      } while (from > 0 && insideCodePoint(lower[from]));
      from = Math.max(from, 0);
      indices[i++] = row(suffix, lower, from, lower.length);
    }
    int to = 0;
    for (String prefix : PREFIXES) {
      do {
        to++;
      } while (to < lower.length && insideCodePoint(lower[to]));
      to = Math.min(to, lower.length);
      indices[i++] = row(prefix, lower, 0, to);
    }
    indices[i] = row("sh=", shape, 0, shape.length);
  }

  private int row(String prefix, byte[] utf8, int from, int to) {
    crc.reset();
    for (int i = 0; i < prefix.length(); i++) {
      crc.update(prefix.charAt(i));
    }
    crc.update(utf8, from, to - from);
    return (int) (crc.getValue() % rows);
  }

  static String shape(String token) {
    StringBuilder shape = new StringBuilder();
    int last = -1;
    for (int i = 0; i < token.length(); ) {
      int c = token.codePointAt(i);
      i += Character.charCount(c);
      int kind =
          Character.isUpperCase(c)
              ? 'X'
              : Character.isLowerCase(c) ? 'x' : Character.isDigit(c) ? 'd' : c;
      if (kind != last) {
        shape.appendCodePoint(kind);
        last = kind;
      }
    }
    return shape.toString();
  }

  /** Whether a byte of UTF-8 continues a code point. */
  private static boolean insideCodePoint(byte b) {
    return (b & 0xC0) == 0x80;
  }
}
