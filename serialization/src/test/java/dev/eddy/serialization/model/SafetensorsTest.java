package dev.eddy.serialization.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.InvalidModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  private static final String A = "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}";
  private static final String B = "'b':{'dtype':'F32','shape':[1,3],'data_offsets':[8,20]}";

  /** A file as others write it: their order, their metadata, the header padded with spaces. */
  @Test
  void foreignFilesAreRead() {
    String header = "{" + B + ",'__metadata__':{'made':'elsewhere'}," + A + "}     ";
    Map<String, Safetensors.Tensor> tensors = Safetensors.read(file(header, 1, -2, 3, 4, 5));
    assertEquals(2, tensors.size());
    assertArrayEquals(new int[] {2}, tensors.get("a").shape());
    assertArrayEquals(new float[] {1, -2}, tensors.get("a").values());
    assertArrayEquals(new int[] {1, 3}, tensors.get("b").shape());
    assertArrayEquals(new float[] {3, 4, 5}, tensors.get("b").values());
  }

  @Test
  void theBytesAreThoseOfTheFormat() {
    TreeMap<String, Safetensors.Tensor> tensors = new TreeMap<>();
    tensors.put("b", new Safetensors.Tensor(new int[] {1, 3}, new float[] {3, 4, 5}));
    tensors.put("a", new Safetensors.Tensor(new int[] {2}, new float[] {1, -2}));
    byte[] bytes = Safetensors.write(tensors);
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(0, length % 8);
    String header = new String(bytes, 8, (int) length, StandardCharsets.UTF_8);
    assertEquals(
        "{'__metadata__':{'format':'pt'},".replace('\'', '"')
            + (A + "," + B + "}").replace('\'', '"'),
        header.strip());
    assertArrayEquals(
        Arrays.copyOfRange(file(header, 1, -2, 3, 4, 5), 8, bytes.length),
        Arrays.copyOfRange(bytes, 8, bytes.length));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {A,B                   | header is not JSON: Unexpected end-of-input
          {A,B} x                | header is not JSON: Unrecognized token
          {A,A}                  | header is not JSON: Duplicate field 'a'
          [1]                    | header: expected an object, found [1]
          {A}                    | too long: expected 8 bytes of numbers, found 20
          {B}                    | b: data_offsets are [8, 20]; expected to begin at 0, where the tensor before ends
          {A,'b':{'dtype':'F64','shape':[3],'data_offsets':[8,32]}} | b: expected dtype "F32", found "F64"
          {A,'b':{'shape':[3],'data_offsets':[8,20]}}               | b: expected dtype "F32", found nothing
          {A,'b':7}                                                 | b: expected dtype "F32", found nothing
          {A,'b':{'dtype':'F32','shape':3,'data_offsets':[8,20]}}   | b: expected a shape, found 3
          {A,'b':{'dtype':'F32','shape':[-3],'data_offsets':[8,20]}}  | b: expected a shape, found [-3]
          {A,'b':{'dtype':'F32','shape':[1.5],'data_offsets':[8,20]}} | b: expected a shape, found [1.5]
          {A,'b':{'dtype':'F32','shape':[3],'data_offsets':[8]}}      | b: expected two data_offsets, found [8]
          {A,'b':{'dtype':'F32','shape':[3],'data_offsets':[8,19]}}   | b: data_offsets are [8, 19]; shape [3] takes 12 bytes
          {A,'b':{'dtype':'F32','shape':[3],'data_offsets':[-12,0]}}  | b: data_offsets are [-12, 0]; shape [3] takes 12 bytes
          {A,'b':{'dtype':'F32','shape':[3],'data_offsets':[4,16]}}   | b: data_offsets are [4, 16]; expected to begin at 8, where the tensor before ends
          {A,'b':{'dtype':'F32','shape':[3],'data_offsets':[12,24]}}  | b: data_offsets are [12, 24]; expected to begin at 8, where the tensor before ends
          {A,'b':{'dtype':'F32','shape':[4],'data_offsets':[8,24]}}   | truncated: expected 24 bytes of numbers, found 20
          {A,'b':{'dtype':'F32','shape':[65536,65536,65536,65536],'data_offsets':[8,8]}} | b: data_offsets are [8, 8]; shape [65536, 65536, 65536, 65536] takes
          """)
  void whatIsWrongIsNamed(String header, String message) {
    assertMessage(
        message, file(header.replaceAll("\\bA\\b", A).replaceAll("\\bB\\b", B), 1, 2, 3, 4, 5));
  }

  @Test
  void aHeaderOfWrongLengthIsNamed() {
    byte[] bytes = file("{" + A + "}", 1, 2);
    assertMessage("truncated: expected a header, found 0 bytes", new byte[0]);
    assertMessage("truncated: expected a header, found 7 bytes", Arrays.copyOf(bytes, 7));
    assertMessage("truncated: expected a header of 54 bytes, found 20", Arrays.copyOf(bytes, 28));
    for (long length : new long[] {-1, 0, 1, 100_000_001, Long.MAX_VALUE}) {
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
      assertMessage("header length is " + length + "; must be between 2 and 100000000", bytes);
    }
  }

  /** Whatever byte is lost at the end, nobody gets a tensor. */
  @Test
  void anyTruncationIsFound() {
    byte[] bytes = file("{" + A + "," + B + "}", 1, 2, 3, 4, 5);
    Safetensors.read(bytes);
    for (int length = 0; length < bytes.length; length++) {
      byte[] truncated = Arrays.copyOf(bytes, length);
      assertMessage("truncated: expected ", truncated);
    }
  }

  private static byte[] file(String header, float... values) {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static void assertMessage(String start, byte[] bytes) {
    String message =
        assertThrows(InvalidModelException.class, () -> Safetensors.read(bytes)).getMessage();
    assertTrue(message.startsWith(start), message);
    assertEquals(1, message.lines().count(), message);
  }
}
