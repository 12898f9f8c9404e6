package dev.eddy.operators.stream;

import static dev.eddy.operators.stream.TrainingHarness.window;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.Learning.Algorithm;
import dev.eddy.operators.training.LearningRate;
import dev.eddy.operators.training.OnlineTrainer;
import dev.eddy.operators.training.OnlineTrainer.Outcome;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a checkpoint of the training operator goes on to, and what it refuses to go on from. */
@ExtendWith(NothingHeld.class)
class TrainingRestoreTest {
  private static final List<Event> EVENTS = Sample.events(300, 7, 31);

  /** All that a user can choose, with each optimizer. */
  private static TrainingOptions with(Algorithm algorithm) {
    LearningRate rate = new LearningRate(0.01, 3, 30, LearningRate.Decay.COSINE);
    Learning learning = new Learning(algorithm, 0.9f, 0.1f, rate, 1e-3f, 1, 0.02f);
    return new TrainingOptions(
        TrainingHarness.WINDOW,
        TrainingHarness.BATCH,
        learning,
        5,
        40,
        TrainingHarness.OPTIONS.patience());
  }

  private static TrainingHarness training(TrainingOptions options, OperatorSubtaskState state)
      throws Exception {
    return new TrainingHarness(Sample.model(0), options, state);
  }

  @ParameterizedTest
  @EnumSource
  void restoredAtEveryPositionItGoesOnToTheBit(Algorithm algorithm) throws Exception {
    TrainingOptions options = with(algorithm);
    List<Window> windows = TrainingHarness.windows(EVENTS.subList(0, 180));
    List<String> scores = new ArrayList<>();
    List<String> models = new ArrayList<>();
    try (TrainingHarness training = training(options, null)) {
      training.process(windows);
      training.end();
      training.scores().forEach(score -> scores.add(score.toString()));
      training.models().forEach(model -> models.add(TrainingHarness.text(model)));
    }
    assertTrue(models.size() > 2, "models " + models.size());
    assertNotEquals(models.get(0), models.get(1));
    for (int cut = 0; cut <= windows.size(); cut++) {
      List<String> scoresNow = new ArrayList<>();
      List<String> modelsNow = new ArrayList<>();
      OperatorSubtaskState state;
      try (TrainingHarness before = training(options, null)) {
        before.process(windows.subList(0, cut / 2));
        before.checkpoint();
        before.process(windows.subList(cut / 2, cut));
        state = before.checkpoint();
        before.scores().forEach(score -> scoresNow.add(score.toString()));
        before.models().forEach(model -> modelsNow.add(TrainingHarness.text(model)));
        // what comes after the checkpoint is forgotten
        before.process(windows.subList(cut, windows.size()));
      }
      try (TrainingHarness after = training(options, state)) {
        after.process(windows.subList(cut, windows.size()));
        after.end();
        after.scores().forEach(score -> scoresNow.add(score.toString()));
        after.models().forEach(model -> modelsNow.add(TrainingHarness.text(model)));
      }
      assertEquals(scores, scoresNow, "cut at " + cut);
      assertEquals(models, modelsNow, "cut at " + cut);
    }
  }

  @Test
  void shorterWindowsAndSmallerBatchesGoOnWithWhatWaits() throws Exception {
    OperatorSubtaskState state;
    try (TrainingHarness training = new TrainingHarness(null)) {
      training.process(List.of(window("a", 0, false), window("a", 10, true)));
      training.process(List.of(window("b", 20, false)));
      state = training.checkpoint();
      assertEquals(0, training.scores().size());
    }
    TrainingOptions smaller =
        new TrainingOptions(
            3, 2, Learning.adam(0.01f, 1), 5, 40, TrainingHarness.OPTIONS.patience());
    List<String> expected = new ArrayList<>();
    try (OnlineTrainer trainer =
        new OnlineTrainer(
            Kernels.best(), Sample.model(0), smaller.trainer(Sample.model(0).config()))) {
      List<Window> a = new ArrayList<>(window("a", 0, false).pieces(3, 3));
      a.addAll(window("a", 10, true).pieces(3, 3));
      List<Window> b = window("b", 20, false).pieces(3, 3);
      Outcome first = trainer.train(List.of(a.get(0), b.get(0)), Arrays.asList(null, null));
      Outcome second = trainer.train(List.of(a.get(1), b.get(1)), first.states());
      Outcome third = trainer.train(List.of(a.get(2)), second.states().subList(0, 1));
      Outcome fourth = trainer.train(List.of(a.get(3)), third.states());
      for (Outcome outcome : List.of(first, second, third, fourth)) {
        expected.add(outcome.scored() + " " + outcome.loss() / outcome.scored());
      }
    }
    try (TrainingHarness training = new TrainingHarness(Sample.model(0), smaller, state)) {
      training.end();
      assertEquals(
          expected, training.scores().stream().map(s -> s.events() + " " + s.loss()).toList());
      // the end of a was its last piece
      assertEquals(1, training.harness().numKeyedStateEntries());
    }
  }

  @Test
  void savepointAfterTheEndGoesOnFromTheLastModel() throws Exception {
    OperatorSubtaskState state;
    try (TrainingHarness training = new TrainingHarness(null)) {
      // one mini-batch fills, none waits: all that the end does is to publish
      training.process(
          List.of(window("a", 0, false), window("b", 0, false), window("c", 0, false)));
      training.checkpoint();
      assertEquals(0, training.models().size());
      training.end();
      assertEquals(1, training.models().size());
      state = training.checkpoint();
    }
    try (TrainingHarness training = new TrainingHarness(state)) {
      training.process(TrainingHarness.windows(EVENTS));
      assertEquals(2, training.models().get(0).version());
      assertEquals(1, training.models().get(0).parent());
    }
  }

  @Test
  void versionsAreNumberedOnFromTheNewestThatIsKnown() throws Exception {
    OperatorSubtaskState state;
    try (TrainingHarness training = new TrainingHarness(Sample.model(6), null)) {
      training.process(TrainingHarness.windows(EVENTS).subList(0, 20));
      training.end();
      assertEquals(7, training.models().get(0).version());
      assertEquals(6, training.models().get(0).parent());
      state = training.checkpoint();
    }
    // what was published after the checkpoint is not forgotten, and older ones change nothing
    try (TrainingHarness rewound = new TrainingHarness(Sample.model(37), state);
        TrainingHarness resumed = new TrainingHarness(Sample.model(7), state)) {
      for (TrainingHarness training : List.of(rewound, resumed)) {
        training.process(TrainingHarness.windows(EVENTS).subList(20, 40));
        training.end();
      }
      assertEquals(38, rewound.models().get(0).version());
      assertTrue(resumed.models().get(0).version() < 37);
      assertEquals(resumed.models().get(0).parent(), rewound.models().get(0).parent());
      assertEquals(
          Arrays.toString(resumed.models().get(0).tensors().get("output.weight")),
          Arrays.toString(rewound.models().get(0).tensors().get("output.weight")));
    }
  }

  @Test
  void checkpointOfAModelOfOtherShapesIsRefused() throws Exception {
    OperatorSubtaskState state;
    try (TrainingHarness training = new TrainingHarness(null)) {
      state = training.checkpoint();
    }
    ModelSnapshot other = Sample.model(0, Sample.HIDDEN + 1);
    Throwable refused =
        assertThrows(SuppressRestartsException.class, () -> new TrainingHarness(other, state))
            .getCause();
    assertTrue(refused.getMessage().contains("must match: hidden_size is 8 and 9; start with"));
  }

  @Test
  void checkpointOfAModelOfOtherLayersIsRefusedAndTheDropoutIsTheDirectorys() throws Exception {
    OperatorSubtaskState state;
    try (TrainingHarness training = new TrainingHarness(null)) {
      state = training.checkpoint();
    }
    ModelSnapshot residual = layers(new Layers(true, 0, false));
    Throwable refused =
        assertThrows(SuppressRestartsException.class, () -> new TrainingHarness(residual, state))
            .getCause();
    assertTrue(refused.getMessage().contains("must match: residual is false and true; start with"));
    ModelSnapshot norm = layers(new Layers(false, 0, true));
    assertThrows(SuppressRestartsException.class, () -> new TrainingHarness(norm, state));
    Layers dropout = new Layers(false, 0.5f, false);
    try (TrainingHarness training = new TrainingHarness(layers(dropout), state)) {
      training.process(List.of(window("a", 0, true)));
      training.end();
      assertEquals(dropout, training.models().get(0).config().layers());
    }
  }

  private static ModelSnapshot layers(Layers layers) {
    return Sample.model(0, Sample.INPUTS, Sample.HIDDEN, layers);
  }

  @Test
  void checkpointOfAnotherOptimizerIsRefused() throws Exception {
    Map<Algorithm, OperatorSubtaskState> states = new EnumMap<>(Algorithm.class);
    for (Algorithm algorithm : Algorithm.values()) {
      try (TrainingHarness training = training(with(algorithm), null)) {
        training.process(TrainingHarness.windows(EVENTS.subList(0, 60)));
        states.put(algorithm, training.checkpoint());
      }
    }
    assertRefused(Algorithm.ADAM, states.get(Algorithm.SGD), "sgd", "adam");
    assertRefused(Algorithm.ADAMW, states.get(Algorithm.SGD), "sgd", "adamw");
    assertRefused(Algorithm.SGD, states.get(Algorithm.ADAM), "adam or adamw", "sgd");
    assertRefused(Algorithm.SGD, states.get(Algorithm.ADAMW), "adam or adamw", "sgd");
    // the two remember the same
    training(with(Algorithm.ADAM), states.get(Algorithm.ADAMW)).close();
    training(with(Algorithm.ADAMW), states.get(Algorithm.ADAM)).close();
  }

  private static void assertRefused(
      Algorithm chosen, OperatorSubtaskState state, String before, String now) {
    Throwable refused =
        assertThrows(SuppressRestartsException.class, () -> training(with(chosen), state))
            .getCause();
    assertEquals(
        "the checkpoint is of optimizer %s, eddy.training.optimizer is %s; must match"
            .formatted(before, now),
        refused.getMessage());
  }
}
