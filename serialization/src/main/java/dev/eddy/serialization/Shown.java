package dev.eddy.serialization;

/** Somebody's value as it stands in one line of a message. */
public final class Shown {
  private static final int MOST = 64;

  private Shown() {}

  /** At most 64 characters, then how many there were; control characters are escaped. */
  public static String shortened(CharSequence value) {
    StringBuilder shown = new StringBuilder();
    int length = value.length();
    int end = Math.min(length, MOST);
    if (end < length && Character.isHighSurrogate(value.charAt(end - 1))) {
      end--;
    }
    for (int i = 0; i < end; i++) {
      char c = value.charAt(i);
      if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
        shown.append(String.format("\\u%04x", (int) c));
      } else {
        shown.append(c);
      }
    }
    if (end < length) {
      shown.append("… (").append(length).append(" characters)");
    }
    return shown.toString();
  }
}
