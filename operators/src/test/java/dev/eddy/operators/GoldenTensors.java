package dev.eddy.operators;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The float32 tensors of a stored safetensors file, flat, by name. */
public final class GoldenTensors {
  private GoldenTensors() {}

  public static SortedMap<String, float[]> read(String resource) {
    try (InputStream in = GoldenTensors.class.getResourceAsStream("/pytorch/" + resource)) {
      ByteBuffer file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      byte[] header = new byte[(int) file.getLong()];
      file.get(header);
      int start = file.position();
      SortedMap<String, float[]> tensors = new TreeMap<>();
      for (Map.Entry<String, JsonNode> entry : new ObjectMapper().readTree(header).properties()) {
        JsonNode range = entry.getValue().get("data_offsets");
        float[] values = new float[(range.get(1).asInt() - range.get(0).asInt()) / Float.BYTES];
        file.position(start + range.get(0).asInt());
        file.asFloatBuffer().get(values);
        tensors.put(entry.getKey(), values);
      }
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
