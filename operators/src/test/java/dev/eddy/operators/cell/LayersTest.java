package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Residual, dropout and normalised layers of every cell. */
class LayersTest {
  private static final int INPUTS = 3;
  private static final int HIDDEN = 7;
  private static final List<Layers> KINDS =
      List.of(
          Layers.PLAIN,
          new Layers(true, 0, false),
          new Layers(false, 0, true),
          new Layers(true, 0.4f, true));

  private final List<Event> events = events(6);

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best()).distinct();
  }

  /** What is unrolled on a tape and what runs event by event are the same network. */
  @ParameterizedTest
  @EnumSource
  void steppingEqualsUnrolling(Cell cell) {
    for (Layers kind : KINDS) {
      kernels()
          .forEach(
              kernel -> {
                ModelSnapshot model = Initialization.fresh("m", config(cell, 3, kind), 4);
                try (Stepper stepper = new Stepper(kernel, model, 3);
                    WholeSequence whole = new WholeSequence(kernel, model)) {
                  whole.run(events);
                  for (int t = 0; t < events.size(); t++) {
                    stepper.input(1, events.get(t));
                    stepper.input(0, events.get(0));
                    stepper.step(t % 2 == 0 ? 2 : 3);
                    float[] expected = new float[2];
                    float[] found = new float[2];
                    whole.scores(t, expected);
                    stepper.scores(1, found);
                    assertArrayEquals(expected, found, 1e-6f, kind + " at " + t);
                  }
                }
              });
    }
  }

  @Test
  void layerThatGivesNothingIsPassedByWhereThereIsAResidual() {
    ModelSnapshot two = Initialization.fresh("m", config(Cell.RNN_TANH, 2, KINDS.get(1)), 4);
    two.tensors()
        .forEach((name, values) -> Arrays.fill(values, name.contains("_l1") ? 0 : values[0]));
    ModelSnapshot one =
        new ModelSnapshot("m", 0, -1, 0, config(Cell.RNN_TANH, 1, Layers.PLAIN), two.tensors());
    assertArrayEquals(logits(one, false, () -> 0), logits(two, false, () -> 0), 0f);
  }

  @Test
  void dropoutActsOnlyWhileLearningAndIsTheSameForTheSameSeed() {
    ModelSnapshot plain = Initialization.fresh("m", config(Cell.GRU, 2, Layers.PLAIN), 4);
    ModelConfig config = config(Cell.GRU, 2, new Layers(false, 0.5f, false));
    ModelSnapshot dropping = new ModelSnapshot("m", 0, -1, 0, config, plain.tensors());
    float[] whole = logits(plain, true, () -> 1);
    assertArrayEquals(whole, logits(dropping, false, () -> 1), 0f);
    float[] dropped = logits(dropping, true, () -> 1);
    assertTrue(!Arrays.equals(whole, dropped));
    assertArrayEquals(dropped, logits(dropping, true, () -> 1), 0f);
    assertTrue(!Arrays.equals(dropped, logits(dropping, true, () -> 2)));
  }

  /**
   * Every unit of the first layer is 1, and the others, which keep nothing in time, add 1 to what
   * the one below hands on: after masks of 0 and 2 a logit is 1, where the second mask dropped, or
   * 3 or 7, as the first one dropped or not.
   */
  @Test
  void everyRunAndEveryLayerDrawsItsOwnMask() {
    ModelConfig config =
        new ModelConfig(
            "rnn_relu",
            INPUTS,
            HIDDEN,
            3,
            false,
            "tagging",
            List.of("a", "b", "c", "d", "e", "f", "g"),
            null,
            0,
            new Layers(false, 0.5f, false));
    ModelSnapshot model = Initialization.fresh("m", config, 1);
    model
        .tensors()
        .forEach(
            (name, values) -> {
              Arrays.fill(values, name.startsWith("rnn.bias_ih") ? 1 : 0);
              boolean first = name.equals("rnn.weight_ih_l0");
              if ((name.startsWith("rnn.weight_ih") && !first) || name.equals("output.weight")) {
                for (int i = 0; i < HIDDEN; i++) {
                  values[i * HIDDEN + i] = 1;
                }
              }
            });
    List<float[]> runs = logits(model, true, 2, new Generator(3)::nextLong);
    for (float[] run : runs) {
      Set<Float> values = new TreeSet<>();
      for (float logit : run) {
        values.add(logit);
      }
      assertEquals(Set.of(1f, 3f, 7f), values, "two layers have one mask");
    }
    int[] others = new int[2];
    for (int i = 0; i < runs.get(0).length; i++) {
      float one = runs.get(0)[i];
      float two = runs.get(1)[i];
      others[0] += one > 1 && two > 1 && one != two ? 1 : 0;
      others[1] += (one > 1) != (two > 1) ? 1 : 0;
    }
    assertTrue(others[0] > 0, "the first layer's mask is not drawn anew");
    assertTrue(others[1] > 0, "the second layer's mask is not drawn anew");
    List<float[]> again = logits(model, true, 2, new Generator(3)::nextLong);
    for (int run = 0; run < 2; run++) {
      assertArrayEquals(runs.get(run), again.get(run), 0f);
    }
  }

  /** Ba, Kiros and Hinton 2016: a normalised product does not notice the scale of its weights. */
  @ParameterizedTest
  @EnumSource
  void normalisedCellDoesNotNoticeTheScaleOfItsWeights(Cell cell) {
    ModelSnapshot model = Initialization.fresh("m", config(cell, 2, KINDS.get(2)), 4);
    float[] before = logits(model, false, () -> 0);
    model
        .tensors()
        .forEach(
            (name, values) -> {
              for (int i = 0; i < values.length && name.startsWith("rnn.weight"); i++) {
                values[i] *= 8;
              }
            });
    // epsilon is 1e-5 beside variances of about 0.05
    assertArrayEquals(before, logits(model, false, () -> 0), 1e-3f);
  }

  @Test
  void bidirectionalNetworkDoesNotRunStepByStep() {
    ModelConfig both =
        new ModelConfig("gru", INPUTS, HIDDEN, 1, true, "tagging", List.of("a", "b"), null, 0);
    ModelSnapshot model = Initialization.fresh("m", both, 1);
    assertEquals(
        "bidirectional is true; such a network does not run step by step",
        assertThrows(InvalidModelException.class, () -> new Stepper(Kernels.scalar(), model, 1))
            .getMessage());
  }

  /** A classifier's one row is the last row of the tagger with its weights. */
  @ParameterizedTest
  @EnumSource
  void classifierReadsTheLastRow(Cell cell) {
    ModelSnapshot tagger = Initialization.fresh("m", config(cell, 2, Layers.PLAIN), 4);
    ModelConfig config =
        new ModelConfig(
            cell.architecture(),
            INPUTS,
            HIDDEN,
            2,
            false,
            "classification",
            tagger.config().labels(),
            null,
            0);
    ModelSnapshot classifier = new ModelSnapshot("m", 0, -1, 0, config, tagger.tensors());
    float[] all = logits(tagger, false, () -> 0);
    assertArrayEquals(
        Arrays.copyOfRange(all, all.length - 2, all.length),
        logits(classifier, false, () -> 0),
        0f);
  }

  private float[] logits(ModelSnapshot model, boolean learning, LongSupplier seeds) {
    return logits(model, learning, 1, seeds).get(0);
  }

  private List<float[]> logits(
      ModelSnapshot model, boolean learning, int runs, LongSupplier seeds) {
    try (Scope scope = Kernels.scalar().open();
        Tape tape = new Tape(Kernels.scalar())) {
      Network network = new Network(scope, model, events.size());
      var unrolled = network.unroll(tape, new Packing(events.size()), seeds);
      for (int t = 0; t < events.size(); t++) {
        unrolled.inputs().set(t, events.get(t));
      }
      tape.learning(learning);
      List<float[]> logits = new ArrayList<>();
      for (int run = 0; run < runs; run++) {
        tape.forward();
        logits.add(unrolled.logits().value().get());
      }
      return logits;
    }
  }

  private static ModelConfig config(Cell cell, int layers, Layers kind) {
    return new ModelConfig(
        cell.architecture(),
        INPUTS,
        HIDDEN,
        layers,
        false,
        "tagging",
        List.of("a", "b"),
        null,
        0,
        kind);
  }

  private static List<Event> events(int n) {
    Random random = new Random(8);
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < n; t++) {
      float[] features = {random.nextFloat(), -random.nextFloat(), 2 * random.nextFloat() - 1};
      events.add(new Event("s", null, features, Event.NO_LABEL, 0, false));
    }
    return events;
  }
}
