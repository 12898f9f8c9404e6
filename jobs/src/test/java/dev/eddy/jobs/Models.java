package dev.eddy.jobs;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** A model to test the jobs with. */
final class Models {
  private Models() {}

  /** An LSTM of two numbers in and three labels out, with weights drawn from a fixed seed. */
  static ModelSnapshot lstm() {
    var config =
        new ModelConfig(
            "lstm",
            2,
            5,
            1,
            false,
            "tagging",
            List.of("up", "down", "level"),
            new ModelConfig.Numeric(null, null),
            0);
    var random = new Random(3);
    var tensors = new TreeMap<String, float[]>();
    config
        .shapes()
        .forEach(
            (name, shape) -> {
              var values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() / 2;
              }
              tensors.put(name, values);
            });
    return new ModelSnapshot("default", 0, -1, 0, config, tensors);
  }

  /** The same shapes, where a large first number makes a label's logit infinite. */
  static ModelSnapshot overflowing() {
    ModelSnapshot model = lstm();
    var tensors = new TreeMap<String, float[]>();
    model.tensors().forEach((name, values) -> tensors.put(name, new float[values.length]));
    float[] inputs = tensors.get("rnn.weight_ih_l0");
    for (int i = 0; i < inputs.length; i += model.config().inputSize()) {
      inputs[i] = 1;
    }
    Arrays.fill(tensors.get("output.weight"), 0, model.config().hiddenSize(), Float.MAX_VALUE);
    return new ModelSnapshot("default", 0, -1, 0, model.config(), tensors);
  }
}
