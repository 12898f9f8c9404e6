package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.CausalConvolution;
import dev.eddy.operators.cell.TreeComposer;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.stream.EventNetworkFunction;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Networks of the notes as keyed stream functions: events of many sequences interleave, the job
 * fails half way and goes on from its checkpoint, and each sequence gets what it would alone.
 */
class StreamLectureTest {
  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 9);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  @Test
  @DisplayName("L10 1-D convolution: as a causal keyed stream function it gives the same rows")
  void convolution() throws Exception {
    int width = 3;
    int channels = 4;
    int length = 9;
    Random random = new Random(1);
    Map<String, List<float[]>> expected = new TreeMap<>();
    List<List<Event>> sequences = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      float[] z = new float[length * channels];
      List<Event> events = new ArrayList<>();
      for (int t = 0; t < length; t++) {
        float[] row = new float[channels];
        for (int j = 0; j < channels; j++) {
          row[j] = z[t * channels + j] = 2 * random.nextFloat() - 1;
        }
        events.add(new Event("s" + i, null, row, -1, t, false));
      }
      sequences.add(events);
      tape.reset();
      Grid sequence = Grid.sequences(tape.constant(length, channels, z), length);
      Grid maps = weights.convolution(tape, "filter", sequence, Filter.sequence(width, 1, 0), 5);
      tape.forward();
      expected.put("s" + i, rows(maps.places()));
      assertEquals(length - width + 1, expected.get("s" + i).size());
    }
    float[] weight = weights.copy().get("filter.weight");
    float[] bias = weights.copy().get("filter.bias");

    Map<String, List<float[]>> found =
        run(
            new EventNetworkFunction(
                on -> new CausalConvolution(on, width, channels, weight, bias)),
            interleaved(sequences, random));

    assertRows(expected, found);
  }

  @Test
  @DisplayName("L20 recursive network: as a keyed stream, shift and reduce, it is the recursion")
  void trees() throws Exception {
    int hidden = 6;
    Random random = new Random(2);
    Map<String, List<float[]>> expected = new TreeMap<>();
    List<List<Event>> sequences = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      tape.reset();
      List<Node> tops = new ArrayList<>();
      List<Event> events = new ArrayList<>();
      tree("s" + i, 5, hidden, random, events, tops);
      tape.forward();
      List<float[]> rows = new ArrayList<>();
      tops.forEach(top -> rows.add(top.value().get()));
      expected.put("s" + i, rows);
      sequences.add(events);
    }
    float[] leaves = weights.copy().get("tokens");
    float[] weight = weights.copy().get("compose.weight");
    float[] bias = weights.copy().get("compose.bias");
    List<String> tokens = List.of("a", "b", "c");

    Map<String, List<float[]>> found =
        run(
            new EventNetworkFunction(on -> new TreeComposer(on, tokens, leaves, ")", weight, bias)),
            interleaved(sequences, random));

    assertRows(expected, found);
  }

  /** The direct recursion, and the events of the same tree: leaves, and ")" after two parts. */
  private Node tree(
      String name, int depth, int hidden, Random random, List<Event> events, List<Node> tops) {
    Node vector;
    if (depth == 0 || random.nextInt(5) == 0) {
      int token = random.nextInt(3);
      vector = weights.embedding(tape, "tokens", 3, hidden, new int[] {token});
      events.add(token(name, "abc".substring(token, token + 1), false));
    } else {
      Node left = tree(name, depth - 1, hidden, random, events, tops);
      Node right = tree(name, depth - 1, hidden, random, events, tops);
      Node both = Concatenate.columns(tape, left, right);
      vector = Apply.of(tape, Function.TANH, weights.affine(tape, "compose", both, hidden));
      events.add(token(name, ")", false));
    }
    tops.add(vector);
    return vector;
  }

  @Test
  @DisplayName(
      "L20 recursive network: what is no tree is refused with its reason, and the job goes on")
  void badTrees() throws Exception {
    float[] leaves = {1, 2};
    EventNetworkFunction function =
        new EventNetworkFunction(
            on -> new TreeComposer(on, List.of("a"), leaves, ")", new float[8], new float[2]));
    try (Subtask subtask = new Subtask(function, null)) {
      subtask.process(
          List.of(
              token("s", ")", false),
              token("s", "b", false),
              token("s", "a", true),
              token("s", "a", false),
              token("s", ")", false)));
      List<String> reasons = new ArrayList<>();
      subtask.refused().forEach(event -> reasons.add(event.f1));
      assertEquals(
          List.of(
              "tree: there are 0 parts on the stack; a reduce needs 2",
              "tree: there is no leaf 'b'",
              "tree: there are 1 parts on the stack; a reduce needs 2"),
          reasons);
      assertEquals(2, subtask.said().size());
    }
  }

  private static Event token(String sequence, String token, boolean end) {
    return new Event(sequence, token, null, -1, 0, end);
  }

  /** What the function says of each sequence, with a failure half way. */
  private static Map<String, List<float[]>> run(EventNetworkFunction function, List<Event> events)
      throws Exception {
    long held = Scope.heldBytes();
    Map<String, List<float[]>> said = new TreeMap<>();
    OperatorSubtaskState checkpoint;
    int half = events.size() / 2;
    try (Subtask subtask = new Subtask(function, null)) {
      subtask.process(events.subList(0, half));
      checkpoint = subtask.snapshot();
      collect(subtask.said(), said);
    }
    try (Subtask subtask = new Subtask(function, checkpoint)) {
      subtask.process(events.subList(half, events.size()));
      collect(subtask.said(), said);
    }
    assertEquals(held, Scope.heldBytes());
    return said;
  }

  private static void collect(
      List<Tuple2<String, float[]>> output, Map<String, List<float[]>> said) {
    output.forEach(row -> said.computeIfAbsent(row.f0, name -> new ArrayList<>()).add(row.f1));
  }

  /** The events in an order drawn at random, each sequence's own kept. */
  private static List<Event> interleaved(List<List<Event>> sequences, Random random) {
    List<List<Event>> waiting = new ArrayList<>();
    sequences.forEach(events -> waiting.add(new ArrayList<>(events)));
    List<Event> all = new ArrayList<>();
    while (!waiting.isEmpty()) {
      List<Event> one = waiting.get(random.nextInt(waiting.size()));
      all.add(one.remove(0));
      waiting.removeIf(List::isEmpty);
    }
    return all;
  }

  private static List<float[]> rows(Node node) {
    List<float[]> rows = new ArrayList<>();
    for (int r = 0; r < node.rows(); r++) {
      rows.add(node.value().rows(r, 1).get());
    }
    return rows;
  }

  private static void assertRows(
      Map<String, List<float[]>> expected, Map<String, List<float[]>> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach(
        (name, rows) -> {
          assertEquals(rows.size(), found.get(name).size(), name);
          for (int i = 0; i < rows.size(); i++) {
            assertArrayEquals(rows.get(i), found.get(name).get(i), name + " " + i);
          }
        });
  }
}
