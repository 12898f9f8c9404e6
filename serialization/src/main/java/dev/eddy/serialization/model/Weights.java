package dev.eddy.serialization.model;

import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Shown;
import java.util.Arrays;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The tensors of a model as safetensors: just those that its config asks for, all finite. */
final class Weights {
  private Weights() {}

  static byte[] write(ModelSnapshot model) {
    SortedMap<String, Safetensors.Tensor> tensors = new TreeMap<>();
    SortedMap<String, int[]> shapes = model.config().shapes();
    model
        .tensors()
        .forEach(
            (name, values) -> tensors.put(name, new Safetensors.Tensor(shapes.get(name), values)));
    check(tensors, shapes);
    return Safetensors.write(tensors);
  }

  static SortedMap<String, float[]> read(byte[] bytes, ModelConfig config) {
    SortedMap<String, Safetensors.Tensor> tensors = Safetensors.read(bytes);
    check(tensors, config.shapes());
    SortedMap<String, float[]> values = new TreeMap<>();
    tensors.forEach((name, tensor) -> values.put(name, tensor.values()));
    return values;
  }

  private static void check(
      SortedMap<String, Safetensors.Tensor> tensors, SortedMap<String, int[]> shapes) {
    for (Map.Entry<String, int[]> shape : shapes.entrySet()) {
      if (!tensors.containsKey(shape.getKey())) {
        throw new InvalidModelException(
            shape.getKey() + ": missing; expected shape " + Arrays.toString(shape.getValue()));
      }
    }
    tensors.forEach((name, tensor) -> check(name, tensor, shapes.get(name)));
  }

  private static void check(String name, Safetensors.Tensor tensor, int[] shape) {
    if (shape == null) {
      throw new InvalidModelException(
          Shown.shortened(name) + ": unexpected; config.json asks for no such tensor");
    }
    if (!Arrays.equals(tensor.shape(), shape)) {
      throw new InvalidModelException(
          name
              + ": expected shape "
              + Arrays.toString(shape)
              + ", found "
              + Arrays.toString(tensor.shape()));
    }
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (tensor.values().length != size) {
      throw new InvalidModelException(
          name + ": expected " + size + " numbers, found " + tensor.values().length);
    }
    for (int i = 0; i < size; i++) {
      if (!Float.isFinite(tensor.values()[i])) {
        throw new InvalidModelException(
            name + ": number " + i + " is " + tensor.values()[i] + "; must be finite");
      }
    }
  }
}
