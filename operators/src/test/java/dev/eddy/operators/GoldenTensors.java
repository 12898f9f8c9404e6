package dev.eddy.operators;

import dev.eddy.serialization.model.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tensors of a stored file of src/test/resources/pytorch, row-major, by name. */
public final class GoldenTensors {
  private GoldenTensors() {}

  public static SortedMap<String, float[]> read(String resource) {
    try (InputStream in = GoldenTensors.class.getResourceAsStream("/pytorch/" + resource)) {
      SortedMap<String, float[]> tensors = new TreeMap<>();
      Safetensors.read(in.readAllBytes())
          .forEach((name, tensor) -> tensors.put(name, tensor.values()));
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
