package dev.eddy.serialization;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/** Values of every type, the plain and the awkward. */
public final class Samples {
  public static final ModelConfig CONFIG =
      new ModelConfig(
          "lstm",
          2,
          3,
          2,
          true,
          "tagging",
          List.of("ok", "zu heiß"),
          new ModelConfig.Numeric(new float[] {0.1f, -2}, null),
          1);

  private Samples() {}

  public static ModelSnapshot model(ModelConfig config) {
    SortedMap<String, float[]> tensors = new TreeMap<>();
    float next = 0.1f;
    for (Map.Entry<String, int[]> shape : config.shapes().entrySet()) {
      float[] values = new float[Arrays.stream(shape.getValue()).reduce(1, Math::multiplyExact)];
      for (int i = 0; i < values.length; i++) {
        values[i] = next;
        next = Math.abs(next) > 1e30f ? 0.1f : -1.01f * next;
      }
      tensors.put(shape.getKey(), values);
    }
    return new ModelSnapshot("main", 12, 11, 4096, config, tensors);
  }

  public static Map<TypeInformation<?>, Object[]> all() {
    Event number = new Event("m-7", null, new float[] {0.1f, -3e38f}, 2, 1234567890123L, false);
    Event token = new Event("m-7", "naïve 🐟", null, Event.NO_LABEL, -1, true);
    Event end = new Event("m-7", null, null, Event.NO_LABEL, Long.MIN_VALUE, true);
    DeadLetter letter =
        new DeadLetter(new byte[] {1, -1}, new byte[0], "value: null", "in", 3, 99, 77);
    ModelSnapshot model = model(CONFIG);
    float[] large = new float[16_385];
    for (int i = 0; i < large.length; i++) {
      large[i] = 1f / i;
    }
    Map<TypeInformation<?>, Object[]> all = new LinkedHashMap<>();
    all.put(Types.EVENT, new Event[] {number, token, end});
    all.put(
        Types.DEAD_LETTER,
        new DeadLetter[] {letter, new DeadLetter(null, null, "", "", 0, 0, Long.MAX_VALUE)});
    all.put(Types.RECEIVED, new Received[] {new Received(token, null), new Received(null, letter)});
    all.put(
        Types.TAG,
        new Tag[] {
          new Tag("m-7", 5, "ok", 0.93f, 12, 77, null),
          new Tag("", Long.MAX_VALUE, "", Float.MIN_VALUE, 0, -77, new float[] {0.25f, 0.75f})
        });
    all.put(
        Types.HIDDEN_STATE,
        new HiddenState[] {
          new HiddenState(0, new float[0]),
          new HiddenState(Long.MAX_VALUE, new float[] {-0f, Float.MAX_VALUE, Float.MIN_VALUE})
        });
    all.put(
        Types.WINDOW,
        new Window[] {
          new Window("m-7", List.of(number, token, end), true), new Window("m-7", List.of(), false)
        });
    all.put(Types.SCORE, new Score[] {new Score("main", 1, 256, 200, 4096, 0.5, 1.5, 1234, 12)});
    all.put(
        Types.MODEL_SNAPSHOT,
        new ModelSnapshot[] {
          model, new ModelSnapshot("", 0, -1, 0, CONFIG, new TreeMap<>(Map.of("large", large)))
        });
    all.put(
        Types.TRAINING_STATE,
        new TrainingState[] {
          new TrainingState(model, model.tensors(), new TreeMap<>(), 16, -5, "vector-512")
        });
    all.put(
        Types.MODEL_RECORD,
        new ModelRecord[] {
          new ModelRecord("main/12/0", new byte[] {0, 1, 2}), new ModelRecord("main/11/0", null)
        });
    return all;
  }
}
