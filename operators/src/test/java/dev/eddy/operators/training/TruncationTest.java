package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Network;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Back-propagation through time: the whole of it, and what truncation leaves out. */
class TruncationTest {
  private static final ModelConfig CONFIG =
      new ModelConfig("lstm", 3, 6, 2, false, "tagging", List.of("a", "b", "c"), null, 0);

  private final ModelSnapshot model = spread(Initialization.fresh("m", CONFIG, 5));
  private final List<Event> events = events(12);

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best());
  }

  /**
   * Along random directions of all weights. The loss is summed in double from losses near 1, each
   * off by 1e-7; over a step of 2^-8 that is 1e-4 at the worst of five points and twelve losses.
   */
  @ParameterizedTest
  @MethodSource("kernels")
  void fullBackPropagationIsThatOfFiniteDifferences(Kernel kernel) {
    SortedMap<String, float[]> gradient = gradient(kernel, model, events, null);
    Random random = new Random(6);
    for (int round = 0; round < 5; round++) {
      SortedMap<String, float[]> v = new TreeMap<>();
      double expected = 0;
      for (String name : gradient.keySet()) {
        float[] direction = new float[gradient.get(name).length];
        for (int i = 0; i < direction.length; i++) {
          direction[i] = random.nextBoolean() ? 1 : -1;
          expected += (double) direction[i] * gradient.get(name)[i];
        }
        v.put(name, direction);
      }
      double h = 0x1p-8;
      ToDoubleFunction<Double> loss = a -> loss(kernel, moved(v, a), events);
      double found =
          (loss.applyAsDouble(-2 * h)
                  - 8 * loss.applyAsDouble(-h)
                  + 8 * loss.applyAsDouble(h)
                  - loss.applyAsDouble(2 * h))
              / (12 * h);
      assertEquals(found, expected, 3e-4);
      assertNotEquals(0, found, 0.01);
    }
  }

  /** Two windows give the gradient of the whole, less what would have crossed their border. */
  @ParameterizedTest
  @MethodSource("kernels")
  void truncationCarriesTheStateAndNotTheGradient(Kernel kernel) {
    List<Event> first = events.subList(0, 5);
    List<Event> second = events.subList(5, 12);
    float[] carried = stateAfter(kernel, first);
    SortedMap<String, float[]> whole = gradient(kernel, model, events, null);
    SortedMap<String, float[]> a = gradient(kernel, model, first, null);
    SortedMap<String, float[]> b = gradient(kernel, model, second, carried);
    // the output layer has no memory: its gradient is the mean over all events, window or not
    for (String name : List.of("output.weight", "output.bias")) {
      float[] mean = new float[whole.get(name).length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (5 * a.get(name)[i] + 7 * b.get(name)[i]) / 12;
      }
      assertArrayEquals(whole.get(name), mean, 1e-6f);
    }
    float[] recurrent = whole.get("rnn.weight_hh_l0");
    double missing = 0;
    for (int i = 0; i < recurrent.length; i++) {
      double mean = (5 * a.get("rnn.weight_hh_l0")[i] + 7 * b.get("rnn.weight_hh_l0")[i]) / 12;
      missing = Math.max(missing, Math.abs(recurrent[i] - mean));
    }
    assertEquals(true, missing > 1e-4, "nothing crossed the border: " + missing);
  }

  private static SortedMap<String, float[]> gradient(
      Kernel kernel, ModelSnapshot model, List<Event> events, float[] state) {
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, events.size());
      MiniBatch batch = new MiniBatch(tape, network, new int[] {events.size()}, () -> 0);
      batch.fill(0, events, state);
      batch.forward();
      batch.backward();
      SortedMap<String, float[]> gradient = new TreeMap<>();
      for (Parameter parameter : network.parameters()) {
        gradient.put(parameter.name(), parameter.node().gradient().get());
      }
      return gradient;
    }
  }

  private static double loss(Kernel kernel, ModelSnapshot model, List<Event> events) {
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, events.size());
      MiniBatch batch = new MiniBatch(tape, network, new int[] {events.size()}, () -> 0);
      batch.fill(0, events, null);
      batch.forward();
      return batch.loss() / batch.scored();
    }
  }

  private float[] stateAfter(Kernel kernel, List<Event> events) {
    try (Scope scope = kernel.open();
        Tape tape = new Tape(kernel)) {
      Network network = new Network(scope, model, events.size());
      MiniBatch batch = new MiniBatch(tape, network, new int[] {events.size()}, () -> 0);
      batch.fill(0, events, null);
      batch.forward();
      return batch.stateAfter(0);
    }
  }

  private ModelSnapshot moved(SortedMap<String, float[]> v, double a) {
    SortedMap<String, float[]> tensors = new TreeMap<>();
    model
        .tensors()
        .forEach(
            (name, values) -> {
              float[] moved = values.clone();
              for (int i = 0; i < moved.length; i++) {
                moved[i] += (float) a * v.get(name)[i];
              }
              tensors.put(name, moved);
            });
    return new ModelSnapshot("m", 0, -1, 0, CONFIG, tensors);
  }

  /** Larger weights, so that much of the gradient goes through time. */
  private static ModelSnapshot spread(ModelSnapshot fresh) {
    SortedMap<String, float[]> tensors = new TreeMap<>();
    fresh
        .tensors()
        .forEach(
            (name, values) -> {
              float[] larger = values.clone();
              for (int i = 0; i < larger.length; i++) {
                larger[i] *= 2;
              }
              tensors.put(name, larger);
            });
    return new ModelSnapshot("m", 0, -1, 0, CONFIG, tensors);
  }

  private static List<Event> events(int n) {
    Random random = new Random(8);
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < n; t++) {
      float[] features = {random.nextFloat(), -random.nextFloat(), 2 * random.nextFloat() - 1};
      events.add(new Event("s", null, features, random.nextInt(3), 0, false));
    }
    return events;
  }
}
