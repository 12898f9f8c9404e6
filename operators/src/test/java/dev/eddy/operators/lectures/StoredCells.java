package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.GoldenTensors;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.cell.WholeSequence;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.training.Learner;
import dev.eddy.operators.training.Sgd;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A stored run of PyTorch (src/test/pytorch/cells.py): three sequences, the longest first, of
 * events of 3 numbers and 3 labels, which a test's network is to read.
 */
final class StoredCells implements AutoCloseable {
  private static final Map<String, float[]> STORED = GoldenTensors.read("cells.safetensors");

  /** The sequences as they are stored, and which of them is the longest, the next and the last. */
  private static final int[] LENGTHS = {4, 6, 3};

  private static final int[] LONGEST_FIRST = {1, 0, 2};
  private static final float TOLERANCE = 1e-6f;

  final Weights weights;
  final Tape tape;
  final Packing packing = new Packing(6, 4, 3);

  /** {@code [packing.rows, 3]}. */
  final Node x;

  private final Kernel kernel;
  private final String name;
  private final int directions;
  private final ModelConfig config;

  StoredCells(Kernel kernel, Cell cell, int layers, int directions) {
    this.kernel = kernel;
    this.weights = new Weights(kernel, 1);
    this.tape = new Tape(kernel);
    this.name = cell.architecture() + "-" + layers + "-" + directions + ".";
    this.directions = directions;
    this.config =
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
    this.x = tape.constant(packing.rows(), 3, packed(of("x"), 3));
  }

  /**
   * Every logit, and every weight's gradient of the mean loss, is PyTorch's with PyTorch's weights;
   * so is what the model directory of the same weights gives.
   *
   * @param logits {@code [packing.rows, 3]} of layers, each one forth and one back, and one more
   */
  void assertEqual(Node logits) {
    SortedMap<String, float[]> stored = split(of("weights"));
    SortedMap<String, float[]> gradients = split(of("gradients"));
    Map<String, Parameter> parameters = byStoredName();
    assertEquals(stored.keySet(), parameters.keySet());
    parameters.forEach((key, parameter) -> parameter.node().value().set(stored.get(key)));
    float[] packedLabels = packed(of("labels"), 1);
    int[] labels = new int[packedLabels.length];
    Arrays.setAll(labels, i -> (int) packedLabels[i]);
    int scored = (int) Arrays.stream(labels).filter(label -> label >= 0).count();

    Node losses = CrossEntropy.of(tape, logits, labels);
    new Learner(weights, Sgd.plain()).sum().gradients(tape, losses);

    assertArrayEquals(packed(of("logits"), 3), logits.value().get(), TOLERANCE, name);
    parameters.forEach(
        (key, parameter) -> {
          float[] found = parameter.node().gradient().get();
          for (int i = 0; i < found.length; i++) {
            assertEquals(gradients.get(key)[i], found[i] / scored, TOLERANCE, name + key);
          }
        });
    assertModelDirectory(new ModelSnapshot("stored", 0, -1, 0, config, stored));
  }

  /** The weights by PyTorch's names: layers in the order in which they were made. */
  private Map<String, Parameter> byStoredName() {
    Map<String, Parameter> parameters = new TreeMap<>();
    Set<String> made = new LinkedHashSet<>();
    for (Parameter parameter : weights.parameters()) {
      String[] parts = parameter.name().split("\\.", 2);
      if (parts[0].equals("output")) {
        parameters.put(parameter.name(), parameter);
      } else {
        made.add(parts[0]);
        int at = made.size() - 1;
        String reverse = at % directions == 1 ? "_reverse" : "";
        parameters.put("rnn." + parts[1] + "_l" + at / directions + reverse, parameter);
      }
    }
    return parameters;
  }

  private void assertModelDirectory(ModelSnapshot model) {
    float[] x = of("x");
    float[] logits = of("logits");
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
            assertEquals(expected, scores[j], TOLERANCE, name + t);
          }
        }
      }
    }
  }

  private float[] of(String what) {
    return STORED.get(name + what);
  }

  /** The rows of all sequences, stored one sequence after the other, as the packing has them. */
  private float[] packed(float[] rows, int columns) {
    float[] packed = new float[rows.length];
    for (int s = 0; s < LENGTHS.length; s++) {
      int begin = Arrays.stream(LENGTHS, 0, LONGEST_FIRST[s]).sum();
      for (int t = 0; t < packing.length(s); t++) {
        int from = (begin + t) * columns;
        System.arraycopy(rows, from, packed, packing.row(t, s) * columns, columns);
      }
    }
    return packed;
  }

  /** One tensor after the other, in the order of their names. */
  private SortedMap<String, float[]> split(float[] flat) {
    SortedMap<String, float[]> tensors = new TreeMap<>();
    int at = 0;
    for (Map.Entry<String, int[]> shape : config.shapes().entrySet()) {
      int size = Arrays.stream(shape.getValue()).reduce(1, (a, b) -> a * b);
      tensors.put(shape.getKey(), Arrays.copyOfRange(flat, at, at + size));
      at += size;
    }
    return tensors;
  }

  @Override
  public void close() {
    tape.close();
    weights.close();
  }
}
