package dev.eddy.serialization.json;

import dev.eddy.serialization.Shown;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes that should be text. */
final class Utf8 {
  private static final int MOST_SHOWN = 400;

  private Utf8() {}

  static boolean isValid(byte[] bytes) {
    int all = 0;
    for (byte one : bytes) {
      all |= one;
    }
    if (all >= 0) {
      return true; // ASCII, as most are
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException malformed) {
      return false;
    }
  }

  /** Whether a string can be written as UTF-8 and read back. */
  static boolean isWhole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isHighSurrogate(text.charAt(i))
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** The beginning of the text for a message; what is no UTF-8 shows as replacement characters. */
  static String shown(byte[] bytes) {
    String beginning =
        new String(
            Arrays.copyOf(bytes, Math.min(bytes.length, MOST_SHOWN)), StandardCharsets.UTF_8);
    return "'" + Shown.shortened(beginning) + "', " + bytes.length + " bytes";
  }
}
