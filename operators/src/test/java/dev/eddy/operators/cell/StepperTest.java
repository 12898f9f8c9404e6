package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.AllocatedBytes;
import dev.eddy.operators.GoldenTensors;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepperTest {
  private static final int INPUTS = 5;

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best());
  }

  /** PyTorch's logits and states to 1e-6 after up to six steps of two layers. */
  @ParameterizedTest
  @MethodSource("kernels")
  void agreesWithPyTorch(Kernel kernel) {
    SortedMap<String, float[]> golden = GoldenTensors.read("training.safetensors");
    ModelConfig config = numeric(INPUTS, 7, 2, 4);
    ModelSnapshot model = new ModelSnapshot("golden", 0, -1, 0, config, golden);
    try (Stepper stepper = new Stepper(kernel, model, 3)) {
      assertEquals(2 * 2 * 7, stepper.stateSize());
      for (int s = 0; s < 3; s++) {
        float[] x = golden.get("x." + s);
        float[] logits = golden.get("logits." + s);
        stepper.load(0, golden.get("state." + s));
        for (int t = 0; t < x.length / INPUTS; t++) {
          float[] features = Arrays.copyOfRange(x, t * INPUTS, (t + 1) * INPUTS);
          float[] z = Arrays.copyOfRange(logits, t * 4, (t + 1) * 4);
          stepper.input(0, event(features));
          stepper.step(1);
          float[] scores = new float[4];
          stepper.scores(0, scores);
          assertArrayEquals(softmax(z), scores, 1e-6f);
          assertEquals(greatest(z), stepper.label(0));
        }
        float[] state = new float[stepper.stateSize()];
        stepper.store(0, state);
        assertArrayEquals(golden.get("state_after." + s), state, 1e-6f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void rowDependsInNoBitOnItsBatch(Kernel kernel) {
    ModelSnapshot model = Initialization.fresh("m", numeric(INPUTS, 33, 2, 5), 3);
    Random random = new Random(5);
    try (Stepper stepper = new Stepper(kernel, model, 23)) {
      float[][] states = new float[23][stepper.stateSize()];
      float[][] features = new float[23][INPUTS];
      float[][] alone = new float[23][];
      for (int i = 0; i < 23; i++) {
        fill(random, states[i]);
        fill(random, features[i]);
        alone[i] = stepped(stepper, new int[] {i}, states, features)[0];
      }
      for (int rows : new int[] {2, 3, 4, 7, 8, 15, 16, 17, 23}) {
        int[] who = random.ints(0, 23).distinct().limit(rows).toArray();
        float[][] together = stepped(stepper, who, states, features);
        for (int i = 0; i < rows; i++) {
          assertArrayEquals(alone[who[i]], together[i], 0f, rows + " rows");
        }
      }
    }
  }

  /** State and scores of each row after one step. */
  private static float[][] stepped(
      Stepper stepper, int[] who, float[][] states, float[][] features) {
    for (int row = 0; row < who.length; row++) {
      stepper.load(row, states[who[row]]);
      stepper.input(row, event(features[who[row]]));
    }
    stepper.step(who.length);
    float[][] results = new float[who.length][];
    for (int row = 0; row < who.length; row++) {
      float[] state = new float[stepper.stateSize()];
      float[] scores = new float[5];
      stepper.store(row, state);
      stepper.scores(row, scores);
      results[row] = Arrays.copyOf(state, state.length + scores.length);
      System.arraycopy(scores, 0, results[row], state.length, scores.length);
    }
    return results;
  }

  /** Sequences that have no event left stay in their rows while others are stepped. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void rowsBeyondAStepKeepTheirState(boolean layerNorm) {
    ModelConfig config =
        new ModelConfig(
            "lstm",
            INPUTS,
            9,
            2,
            false,
            "tagging",
            List.of("a", "b"),
            null,
            0,
            new ModelConfig.Layers(false, 0, layerNorm));
    Random random = new Random(5);
    try (Stepper stepper = new Stepper(Kernels.best(), Initialization.fresh("m", config, 3), 8)) {
      float[] state = new float[stepper.stateSize()];
      fill(random, state);
      for (int rows = 1; rows < 8; rows++) {
        for (int row = 0; row < 8; row++) {
          stepper.load(row, state);
          stepper.input(row, event(new float[INPUTS]));
        }
        stepper.step(rows);
        for (int row = rows; row < 8; row++) {
          float[] after = new float[state.length];
          stepper.store(row, after);
          assertArrayEquals(state, after, 0f, "row " + row + " beyond " + rows);
        }
      }
    }
  }

  /** Gates at exactly 1 and nearly 0: 1000 steps of noise leave every bit of the cell. */
  @ParameterizedTest
  @MethodSource("kernels")
  void openForgetGateAndClosedInputGateKeepTheCell(Kernel kernel) {
    int hidden = 19;
    ModelSnapshot model = Initialization.fresh("m", numeric(INPUTS, hidden, 1, 3), 3);
    float[] bias = model.tensors().get("rnn.bias_ih_l0");
    Arrays.fill(bias, 0, hidden, -100);
    Arrays.fill(bias, hidden, 2 * hidden, 100);
    Random random = new Random(7);
    float[] state = new float[2 * hidden];
    fill(random, state);
    float[] cell = Arrays.copyOfRange(state, hidden, 2 * hidden);
    try (Stepper stepper = new Stepper(kernel, model, 1)) {
      stepper.load(0, state);
      for (int t = 0; t < 1000; t++) {
        float[] features = new float[INPUTS];
        fill(random, features);
        stepper.input(0, event(features));
        stepper.step(1);
      }
      float[] after = new float[2 * hidden];
      stepper.store(0, after);
      assertArrayEquals(cell, Arrays.copyOfRange(after, hidden, 2 * hidden), 0f);
      assertFalse(
          Arrays.equals(
              Arrays.copyOfRange(state, 0, hidden), Arrays.copyOfRange(after, 0, hidden)));
    }
  }

  @Test
  void numbersAreStandardised() {
    float[] mean = {1, -2, 0, 0.5f, 3};
    float[] scale = {2, 0.5f, 1, 4, -1};
    ModelConfig plain = numeric(INPUTS, 7, 1, 3);
    ModelConfig scaled =
        new ModelConfig(
            "lstm",
            INPUTS,
            7,
            1,
            false,
            "tagging",
            plain.labels(),
            new ModelConfig.Numeric(mean, scale),
            0);
    ModelSnapshot model = Initialization.fresh("m", plain, 3);
    ModelSnapshot same = new ModelSnapshot("m", 0, -1, 0, scaled, model.tensors());
    float[] raw = {0.5f, 1, -1, 2, 7};
    float[] standard = new float[INPUTS];
    for (int i = 0; i < INPUTS; i++) {
      standard[i] = (raw[i] - mean[i]) / scale[i];
    }
    assertArrayEquals(scores(model, event(standard)), scores(same, event(raw)), 0f);
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void hugeNumbersLeaveAFiniteState(Kernel kernel) {
    ModelConfig config = numeric(INPUTS, 7, 2, 3);
    ModelSnapshot model = Initialization.fresh("m", config, 3);
    float[] weight = model.tensors().get("rnn.weight_ih_l0");
    for (int i = 0; i < weight.length; i++) {
      weight[i] = i % 2 == 0 ? 10 : -10;
    }
    float huge = Float.MAX_VALUE;
    try (Stepper stepper = new Stepper(kernel, model, 1)) {
      stepper.load(0, null);
      stepper.input(0, event(new float[] {huge, huge, -huge, huge, huge}));
      stepper.step(1);
      float[] state = new float[stepper.stateSize()];
      stepper.store(0, state);
      for (float value : state) {
        assertTrue(Math.abs(value) <= 1, Arrays.toString(state));
      }
    }
  }

  @Test
  void tokenIsTheSumOfItsRows() {
    ModelConfig config =
        new ModelConfig(
            "lstm", 6, 9, 1, false, "tagging", List.of("a", "b"), new ModelConfig.Text(50, 6), 0);
    ModelSnapshot model = Initialization.fresh("m", config, 3);
    int[] indices = new int[TokenHashes.COUNT];
    new TokenHashes(50).hash("Eddy", indices, 0);
    float[] sum = new float[6];
    for (int index : indices) {
      for (int i = 0; i < 6; i++) {
        sum[i] += model.tensors().get("embedding.weight")[index * 6 + i];
      }
    }
    ModelSnapshot numbers = new ModelSnapshot("m", 0, -1, 0, numeric(6, 9, 1, 2), model.tensors());
    assertArrayEquals(
        scores(numbers, event(sum)),
        scores(model, new Event("s", "Eddy", null, Event.NO_LABEL, 0, false)),
        1e-7f);
  }

  private static float[] scores(ModelSnapshot model, Event event) {
    try (Stepper stepper = new Stepper(Kernels.scalar(), model, 1)) {
      float[] scores = new float[model.config().labels().size()];
      stepper.input(0, event);
      stepper.step(1);
      stepper.scores(0, scores);
      return scores;
    }
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void stepAllocatesNothing(Kernel kernel) {
    ModelSnapshot model = Initialization.fresh("m", numeric(INPUTS, 33, 2, 5), 3);
    try (Stepper stepper = new Stepper(kernel, model, 8)) {
      float[] state = new float[stepper.stateSize()];
      float[] scores = new float[5];
      Event event = event(new float[INPUTS]);
      AllocatedBytes.assertNoneInSteadyState(
          () -> {
            for (int rows = 1; rows <= 8; rows++) {
              stepper.load(rows - 1, state);
              stepper.input(rows - 1, event);
              stepper.step(rows);
              stepper.scores(rows - 1, scores);
              stepper.store(rows - 1, state);
            }
          });
    }
  }

  @Test
  void closeFreesAllMemoryAndMisuseIsRefused() {
    long before = Scope.heldBytes();
    Stepper stepper =
        new Stepper(Kernels.best(), Initialization.fresh("m", numeric(INPUTS, 7, 1, 3), 3), 4);
    assertEquals(
        "step: 5 rows; must be 1 to 4",
        assertThrows(IllegalArgumentException.class, () -> stepper.step(5)).getMessage());
    assertEquals(
        "features: length is 3; must be 5",
        assertThrows(IllegalArgumentException.class, () -> stepper.input(0, event(new float[3])))
            .getMessage());
    assertEquals(
        "state: length is 13; must be 14",
        assertThrows(IllegalArgumentException.class, () -> stepper.load(0, new float[13]))
            .getMessage());
    stepper.close();
    stepper.close();
    assertEquals(before, Scope.heldBytes());
  }

  private static ModelConfig numeric(int inputs, int hidden, int layers, int labels) {
    List<String> names = Stream.iterate(0, i -> i + 1).limit(labels).map(i -> "l" + i).toList();
    return new ModelConfig("lstm", inputs, hidden, layers, false, "tagging", names, null, 0);
  }

  private static Event event(float[] features) {
    return new Event("s", null, features, Event.NO_LABEL, 0, false);
  }

  private static void fill(Random random, float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
  }

  private static float[] softmax(float[] logits) {
    double sum = 0;
    for (float z : logits) {
      sum += Math.exp(z);
    }
    float[] p = new float[logits.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = (float) (Math.exp(logits[i]) / sum);
    }
    return p;
  }

  private static int greatest(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }
}
