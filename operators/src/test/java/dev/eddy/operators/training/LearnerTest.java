package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.eddy.operators.cell.Initial;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a learner and its learning rate refuse, in which words, and when learning stops. */
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
  void choicesOfAJobThatCannotBeAreRefused() {
    LearningRate rate = LearningRate.constant(1);
    Learning.Algorithm sgd = Learning.Algorithm.SGD;
    refused("l2 is -1.0; must be at least 0", () -> new Learning(sgd, 0, 0, rate, -1, 1, 1));
    refused("clip norm is 0.0; must be positive", () -> new Learning(sgd, 0, 0, rate, 0, 0, 1));
    refused(
        "clip value is NaN; must be positive",
        () -> new Learning(sgd, 0, 0, rate, 0, 1, Float.NaN));
  }

  /**
   * The gradient (-3, 0.5) and the penalty's (2, 2) are (-1, 2.5), by value (-1, 2), of norm √5.
   */
  @Test
  void whatIsClippedIsTheGradientWithThePenalty() {
    try (Weights weights = new Weights(Kernels.best(), 1);
        Tape tape = new Tape(weights.kernel())) {
      Node w = weights.get("w", 1, 2, Initial.ONES);
      Node losses = SquaredError.of(tape, w, tape.constant(1, 2, 4, 0.5f));
      Learner learner = new Learner(weights, Sgd.plain()).l2(2).clipValue(2).clipNorm(1);
      assertEquals((9 + 0.25) / 2, learner.gradients(tape, losses), 1e-6, "without the penalty");
      float[] expected = {(float) (-1 / Math.sqrt(5)), (float) (2 / Math.sqrt(5))};
      assertArrayEquals(expected, w.gradient().get(), 1e-6f);
    }
  }

  /** PyTorch's clip_grad_norm_: g limit / (norm + 1e-6), here a third. */
  @Test
  void aGradientOfNextToNothingIsClippedAsPyTorchDoes() {
    try (Weights weights = new Weights(Kernels.best(), 1);
        Tape tape = new Tape(weights.kernel())) {
      Node w = weights.get("w", 1, 2, Initial.ZEROS);
      Node losses = SquaredError.of(tape, w, tape.constant(1, 2, -3e-6f, 4e-6f));
      new Learner(weights, Sgd.plain()).clipNorm(2e-6).gradients(tape, losses);
      assertArrayEquals(new float[] {1e-6f, -4e-6f / 3}, w.gradient().get(), 1e-10f);
    }
  }

  @Test
  void stepsCountFromOne() {
    LearningRate rate = LearningRate.constant(0.01);
    refused("learning rate: step is 0; must be at least 1", () -> rate.at(0));
    assertEquals(0.01, rate.at(1));
  }

  @Test
  void patienceIsHowManyLossesOnEndMayFailToBeTheLeast() {
    assertEquals(2, stoppingCall(1, 3, 3, 2));
    assertEquals(4, stoppingCall(2, 3, 2, 2, 2, 2));
    assertEquals(5, stoppingCall(3, 3, 2, 2, 2, 2));
    assertEquals(7, stoppingCall(2, 3, 4, 2, 3, 1, 5, 5));
    assertEquals(8, stoppingCall(7, 0, 1, 1, 1, 1, 1, 1, 1, 1));
    assertEquals(3, stoppingCall(2, 3, Double.NaN, Double.NaN, 2));
  }

  /** The call, from 1 on, that says stop, and the least loss before it is back in the weight. */
  private static int stoppingCall(int patience, double... losses) {
    try (Weights weights = new Weights(Kernels.scalar(), 1)) {
      Node w = weights.get("w", 1, 1, Initial.ZEROS);
      EarlyStopping stopping = new EarlyStopping(weights, patience);
      double least = Double.POSITIVE_INFINITY;
      for (int call = 1; call <= losses.length; call++) {
        double loss = losses[call - 1];
        w.value().set((float) loss);
        least = loss < least ? loss : least;
        if (stopping.stop(loss)) {
          stopping.restore();
          assertEquals(least, stopping.least());
          assertEquals(least, w.value().get()[0]);
          return call;
        }
      }
      return -1;
    }
  }

  private static void refused(String message, Executable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
  }
}
