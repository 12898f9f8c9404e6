package dev.eddy.jobs;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The lines of a file as bytes, with their numbers, from 1. A line ends with LF, CR LF or the file;
 * blank lines are passed over, but counted; a UTF-8 byte order mark is no part of the first line.
 */
final class Lines implements Closeable {
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final InputStream file;
  private long number;

  Lines(InputStream file) {
    this.file = new BufferedInputStream(file, 1 << 16);
  }

  /** The next line that is not blank, without its end; null after the last. */
  byte[] next() throws IOException {
    byte[] line;
    do {
      line = line();
    } while (line != null && isBlank(line));
    return line;
  }

  /** The number of the line that {@link #next} gave last. */
  long number() {
    return number;
  }

  private byte[] line() throws IOException {
    var bytes = new ByteArrayOutputStream(256);
    int b = file.read();
    if (b < 0) {
      return null;
    }
    for (; b >= 0 && b != '\n'; b = file.read()) {
      bytes.write(b);
    }
    number++;
    byte[] line = bytes.toByteArray();
    int from = number == 1 && startsWithMark(line) ? BYTE_ORDER_MARK.length : 0;
    int to = line.length > from && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
    return from == 0 && to == line.length ? line : Arrays.copyOfRange(line, from, to);
  }

  private static boolean startsWithMark(byte[] line) {
    return line.length >= BYTE_ORDER_MARK.length
        && Arrays.equals(
            line, 0, BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length);
  }

  /** Nothing but what JSON calls white space. */
  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
