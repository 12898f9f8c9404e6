package dev.eddy.serialization.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.Shown;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of {@code model.safetensors}: the header's length (8 bytes, little-endian), the header
 * (JSON, by tensor {@code dtype}, {@code shape}, {@code data_offsets}), and the numbers, one tensor
 * after the other without a gap.
 *
 * @see <a href="https://github.com/huggingface/safetensors">the format</a>
 */
public final class Safetensors {
  /**
   * One tensor.
   *
   * @param shape sides, the outermost first
   * @param values {@code shape}, row-major
   */
  public record Tensor(int[] shape, float[] values) {}

  private record Entry(String name, int[] shape, long begin, long end) {}

  private static final String METADATA = "__metadata__";
  private static final int LONGEST_HEADER = 100_000_000;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Safetensors() {}

  /** The same bytes for the same tensors, in the order of their names. */
  public static byte[] write(SortedMap<String, Tensor> tensors) {
    ObjectNode header = JSON.createObjectNode();
    header.putObject(METADATA).put("format", "pt");
    long end = 0;
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", "F32");
      Arrays.stream(tensor.getValue().shape()).forEach(entry.putArray("shape")::add);
      long begin = end;
      end += (long) Float.BYTES * tensor.getValue().values().length;
      entry.putArray("data_offsets").add(begin).add(end);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    if (end > Integer.MAX_VALUE - 1024 - padded) {
      throw new InvalidModelException("tensors take " + end + " bytes; must be less than 2 GiB");
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + padded + (int) end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(json);
    while (bytes.position() < Long.BYTES + padded) {
      bytes.put((byte) ' ');
    }
    for (Tensor tensor : tensors.values()) {
      bytes.asFloatBuffer().put(tensor.values());
      bytes.position(bytes.position() + Float.BYTES * tensor.values().length);
    }
    return bytes.array();
  }

  /**
   * Reads float32 tensors, whatever their names.
   *
   * @throws InvalidModelException naming the tensor, what was expected and what was found
   */
  public static SortedMap<String, Tensor> read(byte[] bytes) {
    require(
        bytes.length >= Long.BYTES, "truncated: expected a header, found %d bytes", bytes.length);
    ByteBuffer data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long headerLength = data.getLong();
    require(
        headerLength >= 2 && headerLength <= LONGEST_HEADER,
        "header length is %d; must be between 2 and %d",
        headerLength,
        LONGEST_HEADER);
    require(
        headerLength <= data.remaining(),
        "truncated: expected a header of %d bytes, found %d",
        headerLength,
        data.remaining());
    List<Entry> entries = entries(header(bytes, (int) headerLength));
    data.position(Long.BYTES + (int) headerLength);
    long end = 0;
    for (Entry entry : entries) {
      require(
          entry.begin == end,
          "%s: data_offsets are [%d, %d]; expected to begin at %d, where the tensor before ends",
          Shown.shortened(entry.name),
          entry.begin,
          entry.end,
          end);
      end = entry.end;
    }
    require(
        end == data.remaining(),
        "%s: expected %d bytes of numbers, found %d",
        end > data.remaining() ? "truncated" : "too long",
        end,
        data.remaining());
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (Entry entry : entries) {
      float[] values = new float[(int) ((entry.end - entry.begin) / Float.BYTES)];
      data.asFloatBuffer().get(values);
      data.position(data.position() + Float.BYTES * values.length);
      tensors.put(entry.name, new Tensor(entry.shape, values));
    }
    return tensors;
  }

  private static JsonNode header(byte[] bytes, int length) {
    JsonNode header;
    try {
      header = JSON.readTree(bytes, Long.BYTES, length);
    } catch (JsonProcessingException broken) {
      throw new InvalidModelException(
          "header is not JSON: " + Shown.shortened(broken.getOriginalMessage()));
    } catch (IOException broken) {
      throw new InvalidModelException("header is not JSON: " + broken.getMessage());
    }
    require(header.isObject(), "header: expected an object, found %s", shown(header));
    return header;
  }

  /** The tensors in the order of their data. */
  private static List<Entry> entries(JsonNode header) {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : header.properties()) {
      if (!field.getKey().equals(METADATA)) {
        entries.add(entry(field.getKey(), field.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    return entries;
  }

  private static Entry entry(String name, JsonNode json) {
    String at = Shown.shortened(name);
    JsonNode dtype = json.path("dtype");
    require(dtype.asText().equals("F32"), "%s: expected dtype \"F32\", found %s", at, shown(dtype));
    JsonNode sides = json.path("shape");
    require(sides.isArray(), "%s: expected a shape, found %s", at, shown(sides));
    int[] shape = new int[sides.size()];
    long size = 1;
    for (int i = 0; i < shape.length; i++) {
      JsonNode side = sides.get(i);
      require(
          side.canConvertToInt() && side.isIntegralNumber() && side.intValue() >= 0,
          "%s: expected a shape, found %s",
          at,
          shown(sides));
      shape[i] = side.intValue();
      size = Math.min(size * shape[i], Integer.MAX_VALUE);
    }
    JsonNode offsets = json.path("data_offsets");
    require(
        offsets.size() == 2
            && offsets.get(0).canConvertToLong()
            && offsets.get(1).canConvertToLong(),
        "%s: expected two data_offsets, found %s",
        at,
        shown(offsets));
    long begin = offsets.get(0).longValue();
    long end = offsets.get(1).longValue();
    require(
        begin >= 0 && end - begin == size * Float.BYTES,
        "%s: data_offsets are [%d, %d]; shape %s takes %d bytes",
        at,
        begin,
        end,
        Arrays.toString(shape),
        size * Float.BYTES);
    return new Entry(name, shape, begin, end);
  }

  private static String shown(JsonNode json) {
    return json.isMissingNode() ? "nothing" : Shown.shortened(json.toString());
  }

  @SuppressWarnings("AnnotateFormatMethod") // its annotation would be one more dependency
  private static void require(boolean holds, String otherwise, Object... values) {
    if (!holds) {
      throw new InvalidModelException(String.format(Locale.ROOT, otherwise, values));
    }
  }
}
