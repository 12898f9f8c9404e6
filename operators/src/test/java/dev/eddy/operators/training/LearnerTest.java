package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a learner and its learning rate refuse, in which words. */
class LearnerTest {
  @Test
  void choicesThatCannotBeAreRefused() {
    Kernel kernel = Kernels.best();
    try (Weights weights = new Weights(kernel, 1);
        Tape tape = new Tape(kernel)) {
      Learner learner = new Learner(weights, Sgd.plain());
      refused("clip norm is -1.0; must be positive", () -> learner.clipNorm(-1));
      refused("clip norm is NaN; must be positive", () -> learner.clipNorm(Double.NaN));
      refused("clip value is -1.0; must be positive", () -> learner.clipValue(-1));
      refused("l2 is -1.0; must be at least 0", () -> learner.l2(-1));
      refused("l2 is NaN; must be at least 0", () -> learner.l2(Double.NaN));
      refused(
          "learner: losses is 3x2; must be 3x1", () -> learner.gradients(tape, tape.node(3, 2)));
    }
  }

  @Test
  void stepsCountFromOne() {
    LearningRate rate = LearningRate.constant(0.01);
    refused("learning rate: step is 0; must be at least 1", () -> rate.at(0));
    assertEquals(0.01, rate.at(1));
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
