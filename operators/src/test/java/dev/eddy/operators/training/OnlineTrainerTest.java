package dev.eddy.operators.training;

import static dev.eddy.operators.training.TrainerSample.BATCH;
import static dev.eddy.operators.training.TrainerSample.OPTIONS;
import static dev.eddy.operators.training.TrainerSample.START;
import static dev.eddy.operators.training.TrainerSample.WINDOW;
import static dev.eddy.operators.training.TrainerSample.WORDS;
import static dev.eddy.operators.training.TrainerSample.end;
import static dev.eddy.operators.training.TrainerSample.event;
import static dev.eddy.operators.training.TrainerSample.none;
import static dev.eddy.operators.training.TrainerSample.same;
import static dev.eddy.operators.training.TrainerSample.window;
import static dev.eddy.operators.training.TrainerSample.windows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.AllocatedBytes;
import dev.eddy.operators.cell.Network;
import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is predicted, scored and carried of a mini-batch, and what it costs. */
class OnlineTrainerTest {
  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void learnsALabelThatDependsOnTheWordBefore(Kernel kernel) {
    Random random = new Random(2);
    try (OnlineTrainer trainer =
        new OnlineTrainer(kernel, START, new OnlineTrainer.Options(WINDOW, BATCH, 1e-2f, 1, 1))) {
      List<float[]> states = none(BATCH);
      int[] before = new int[BATCH];
      double early = 0;
      double late = 0;
      for (int round = 0; round < 400; round++) {
        List<Window> windows = new ArrayList<>();
        for (int s = 0; s < BATCH; s++) {
          List<Event> events = new ArrayList<>();
          for (int t = 0; t < WINDOW; t++) {
            int word = random.nextInt(WORDS.size());
            events.add(event(s, word, before[s] % 3));
            before[s] = word;
          }
          windows.add(new Window("s" + s, events, false));
        }
        OnlineTrainer.Outcome outcome = trainer.train(windows, states);
        states = outcome.states();
        early += round < 40 ? outcome.correct() : 0;
        late += round >= 360 ? outcome.correct() : 0;
      }
      // the first event of a window has its word before in the carried state only: without
      // carrying, one in six would be guessed, and 0.9 out of reach
      assertTrue(late / (40 * BATCH * WINDOW) > 0.99, "accuracy " + late / (40 * BATCH * WINDOW));
      assertTrue(early / (40 * BATCH * WINDOW) < 0.6, "it learns online, not before");
    }
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void statesAreThoseOfTheStepperWithTheWeightsBefore(Kernel kernel) {
    List<Window> windows = windows(new Random(3), BATCH);
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, START, OPTIONS)) {
      trainer.train(windows(new Random(9), BATCH), none(BATCH));
      ModelSnapshot before = trainer.snapshot(1);
      OnlineTrainer.Outcome outcome = trainer.train(windows, none(BATCH));
      try (Stepper stepper = new Stepper(kernel, before, 1)) {
        int correct = 0;
        for (int i = 0; i < BATCH; i++) {
          float[] state = new float[stepper.stateSize()];
          stepper.load(0, null);
          for (Event event : windows.get(i).events()) {
            stepper.input(0, event);
            stepper.step(1);
            correct += stepper.label(0) == event.label() ? 1 : 0;
          }
          stepper.store(0, state);
          assertArrayEquals(state, outcome.states().get(i), 0f);
        }
        assertEquals(correct, outcome.correct());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void orderOfWindowsChangesNoStateAndWeightsOnlyByRounding(Kernel kernel) {
    List<Window> windows = windows(new Random(3), BATCH);
    List<Window> reversed = new ArrayList<>(windows);
    Collections.reverse(reversed);
    try (OnlineTrainer one = new OnlineTrainer(kernel, START, OPTIONS);
        OnlineTrainer two = new OnlineTrainer(kernel, START, OPTIONS)) {
      OnlineTrainer.Outcome a = one.train(windows, none(BATCH));
      OnlineTrainer.Outcome b = two.train(reversed, none(BATCH));
      for (int i = 0; i < BATCH; i++) {
        assertArrayEquals(a.states().get(i), b.states().get(BATCH - 1 - i), 0f);
      }
      assertEquals(a.correct(), b.correct());
      assertEquals(a.loss(), b.loss(), 1e-5);
      assertEquals(a.gradientNorm(), b.gradientNorm(), 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void eventsWithoutALabelStepTheStateAndCarryNoLoss(Kernel kernel) {
    List<Event> labelled = List.of(event(0, 1, 2), event(0, 2, 0), event(0, 3, 1));
    List<Event> none =
        List.of(event(0, 1, Event.NO_LABEL), event(0, 2, Event.NO_LABEL), event(0, 3, -1));
    List<Event> some = List.of(event(0, 1, Event.NO_LABEL), event(0, 2, 0), event(0, 3, -1));
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, START, OPTIONS)) {
      OnlineTrainer.Outcome silent = trainer.train(List.of(window(0, none)), none(1));
      assertEquals(0, silent.scored());
      assertEquals(0, silent.correct());
      assertEquals(0.0, silent.loss());
      assertEquals(0.0, silent.gradientNorm());
      assertEquals(0, trainer.state().optimizerSteps());
      same(START.tensors(), trainer.state().model().tensors());
      OnlineTrainer.Outcome partly = trainer.train(List.of(window(0, some)), none(1));
      assertEquals(1, partly.scored());
      assertArrayEquals(silent.states().get(0), partly.states().get(0), 0f);
      assertTrue(partly.loss() > 0.5 && partly.loss() < 2, "one event's loss near ln 3");
    }
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, START, OPTIONS)) {
      float[] state = trainer.train(List.of(window(0, labelled)), none(1)).states().get(0);
      try (OnlineTrainer other = new OnlineTrainer(kernel, START, OPTIONS)) {
        assertArrayEquals(
            state, other.train(List.of(window(0, none)), none(1)).states().get(0), 0f);
      }
    }
  }

  @Test
  void bareEndStepsNothing() {
    List<Event> events = List.of(event(0, 1, 2), event(0, 2, 0));
    List<Event> ended = List.of(events.get(0), events.get(1), end(0));
    float[] carried = new float[4 * 11];
    Arrays.fill(carried, 0.25f);
    try (OnlineTrainer one = new OnlineTrainer(Kernels.scalar(), START, OPTIONS);
        OnlineTrainer two = new OnlineTrainer(Kernels.scalar(), START, OPTIONS)) {
      List<float[]> a = one.train(List.of(window(0, events)), none(1)).states();
      List<float[]> b =
          two.train(
                  List.of(window(1, List.of(end(1))), window(0, ended), window(2, List.of(end(2)))),
                  Arrays.asList(carried, null, null))
              .states();
      assertArrayEquals(carried, b.get(0), 0f);
      assertArrayEquals(a.get(0), b.get(1), 0f);
      assertNull(b.get(2));
      same(one.state().model().tensors(), two.state().model().tensors());
      assertEquals(0, two.train(List.of(window(1, List.of(end(1)))), none(1)).scored());
    }
  }

  @Test
  void batchesThatAreTooLargeAndOptionsThatMakeNoSenseAreRefused() {
    try (OnlineTrainer trainer = new OnlineTrainer(Kernels.scalar(), START, OPTIONS)) {
      refused(
          "train: 6 windows; at most 5", () -> trainer.train(windows(new Random(1), 6), none(6)));
      List<Event> seven = Collections.nCopies(7, event(0, 1, 1));
      refused(
          "train: 7 events in a window; at most 6",
          () -> trainer.train(List.of(window(0, seven)), none(1)));
    }
    refused(
        "learning rate is 0.0; must be positive", () -> new OnlineTrainer.Options(1, 1, 0, 1, 1));
    refused(
        "clip norm is NaN; must be positive",
        () -> new OnlineTrainer.Options(1, 1, 1, Float.NaN, 1));
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void steadyStateAllocatesOnlyTheOutcome(Kernel kernel) {
    long before = Scope.heldBytes();
    List<Window> windows = windows(new Random(3), BATCH);
    List<float[]> states = none(BATCH);
    try (OnlineTrainer trainer = new OnlineTrainer(kernel, START, OPTIONS)) {
      // five states of 44 floats, lanes and lists: 2 kB; hashing a token: up to 300 bytes for each
      // of up to 30 events. One gradient of the table alone would be 77 kB
      AllocatedBytes.assertAtMostInSteadyState(12_000, () -> trainer.train(windows, states));
    }
    assertEquals(before, Scope.heldBytes());
  }

  @ParameterizedTest
  @MethodSource("dev.eddy.operators.training.TrainerSample#kernels")
  void miniBatchAllocatesNothing(Kernel kernel) {
    try (Scope scope = kernel.open();
        var tape = new Tape(kernel)) {
      var network = new Network(scope, START, 9);
      MiniBatch batch = new MiniBatch(tape, network, new int[] {4, 3, 2}, () -> 0);
      for (int lane = 0; lane < 3; lane++) {
        batch.fill(lane, windows(new Random(lane), 1, 4).get(0).events(), null);
      }
      AllocatedBytes.assertNoneInSteadyState(
          () -> {
            batch.forward();
            network.zeroGradients(kernel);
            batch.backward();
            Clipping.clip(kernel, network.parameters(), 1);
          });
    }
  }

  private static void refused(String message, Runnable use) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, use::run).getMessage());
  }
}
