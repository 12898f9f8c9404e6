package dev.eddy.serialization.kafka;

import dev.eddy.serialization.DeadLetter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The dead letters of one record, which may be larger than its topic's limit where it came
 * compressed. It is one letter if it is within the limit, plain or by {@link #COMPRESSION}, which
 * is how dead letters are written. Otherwise its bytes, first the key's, then the value's, are cut
 * into letters within the limit, and the reason of each says which part it is.
 */
public final class DeadLetters {
  /** What dead letters must be compressed by on their way: at its default level. */
  public static final String COMPRESSION = "gzip";

  /** The largest record, in bytes of key and value, that is one letter because it is compressed. */
  public static final int LARGEST_WHOLE = 16 << 20;

  private DeadLetters() {}

  /**
   * The letters of a record, in order.
   *
   * @param limit of the topic that it came from, in bytes
   */
  static List<DeadLetter> of(ConsumerRecord<byte[], byte[]> record, String reason, int limit) {
    byte[] key = record.key();
    byte[] value = record.value();
    long size = (long) length(key) + length(value);
    if (size <= limit || (size <= LARGEST_WHOLE && compressed(key, value) <= limit)) {
      return List.of(letter(record, key, value, reason));
    }
    List<byte[]> keys = pieces(key, limit);
    List<byte[]> values = pieces(value, limit);
    int count = keys.size() + values.size();
    List<DeadLetter> letters = new ArrayList<>(count);
    for (byte[] piece : keys) {
      letters.add(letter(record, piece, null, part(reason, letters.size() + 1, count)));
    }
    for (byte[] piece : values) {
      letters.add(letter(record, null, piece, part(reason, letters.size() + 1, count)));
    }
    return letters;
  }

  private static DeadLetter letter(
      ConsumerRecord<byte[], byte[]> record, byte[] key, byte[] value, String reason) {
    return new DeadLetter(
        key,
        value,
        reason,
        record.topic(),
        record.partition(),
        record.offset(),
        record.timestamp());
  }

  private static String part(String reason, int part, int count) {
    return reason + "; part " + part + " of " + count;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }

  private static List<byte[]> pieces(byte[] bytes, int most) {
    List<byte[]> pieces = new ArrayList<>();
    for (int from = 0; from < length(bytes); from += most) {
      pieces.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length - from, most) + from));
    }
    return pieces;
  }

  /** Bytes that the two become together. */
  private static long compressed(byte[] key, byte[] value) {
    var deflater = new Deflater();
    try {
      byte[] scratch = new byte[1 << 16];
      for (byte[] bytes : Arrays.asList(key, value)) {
        if (bytes != null) {
          deflater.setInput(bytes);
          while (!deflater.needsInput()) {
            deflater.deflate(scratch);
          }
        }
      }
      deflater.finish();
      while (!deflater.finished()) {
        deflater.deflate(scratch);
      }
      return deflater.getBytesWritten();
    } finally {
      deflater.end();
    }
  }
}
