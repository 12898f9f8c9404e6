package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.GoldenTensors;
import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The stored runs of PyTorch (src/test/pytorch/cells.py): taggers of 4 units that give 3 labels to
 * the events, of 3 numbers, of three sequences.
 */
final class StoredCells {
  private static final int[] LENGTHS = {4, 6, 3};
  private static final Map<String, float[]> STORED = GoldenTensors.read("cells.safetensors");

  private StoredCells() {}

  /** Every probability of every label is PyTorch's, to ten roundings. */
  static void assertEqual(Kernel kernel, Cell cell, int layers, int directions) {
    String name = cell.architecture() + "-" + layers + "-" + directions + ".";
    float[] x = STORED.get(name + "x");
    float[] logits = STORED.get(name + "logits");
    ModelConfig config =
        new ModelConfig(
            cell.architecture(),
            3,
            4,
            layers,
            directions == 2,
            "tagging",
            List.of("a", "b", "c"),
            null,
            0);
    ModelSnapshot model =
        new ModelSnapshot(
            "stored", 0, -1, 0, config, weights(config, STORED.get(name + "weights")));
    try (WholeSequence network = new WholeSequence(kernel, model)) {
      int row = 0;
      for (int length : LENGTHS) {
        List<Event> events = new ArrayList<>();
        for (int t = row; t < row + length; t++) {
          float[] features = Arrays.copyOfRange(x, 3 * t, 3 * t + 3);
          events.add(new Event("s", null, features, Event.NO_LABEL, 0, false));
        }
        network.run(events);
        for (int t = 0; t < length; t++, row++) {
          float[] scores = new float[3];
          network.scores(t, scores);
          double sum = 0;
          for (int j = 0; j < 3; j++) {
            sum += Math.exp(logits[3 * row + j]);
          }
          for (int j = 0; j < 3; j++) {
            double expected = Math.exp(logits[3 * row + j]) / sum;
            assertEquals(expected, scores[j], 1e-6, name + t);
          }
        }
      }
    }
  }

  private static SortedMap<String, float[]> weights(ModelConfig config, float[] flat) {
    SortedMap<String, float[]> weights = new TreeMap<>();
    int at = 0;
    for (Map.Entry<String, int[]> shape : config.shapes().entrySet()) {
      int size = Arrays.stream(shape.getValue()).reduce(1, (a, b) -> a * b);
      weights.put(shape.getKey(), Arrays.copyOfRange(flat, at, at + size));
      at += size;
    }
    return weights;
  }
}
