package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.function.DoubleSupplier;

/**
 * The gradient of a mean loss, and of the penalty on the weights if any, by every single weight of
 * a network, against finite differences: the five-point stencil with steps of 2^-7, whose own error
 * is nothing beside the roundings of a loss in float32, some 1e-7 / 2^-7.
 */
final class Differences {
  private static final float STEP = 0x1p-7f;
  private static final double TOLERANCE = 1e-4;

  private Differences() {}

  static void assertGradients(Weights weights, Tape tape, Node losses) {
    assertGradients(weights, tape, losses, 0, () -> 0);
  }

  /**
   * The same where the learner has a penalty, whose value is given as a function of the weights.
   */
  static void assertGradients(
      Weights weights, Tape tape, Node losses, double lambda, DoubleSupplier penalty) {
    new Learner(weights, Adam.standard()).l2(lambda).gradients(tape, losses);
    for (Parameter parameter : weights.parameters()) {
      float[] gradient = parameter.node().gradient().get();
      for (int i = 0; i < gradient.length; i++) {
        double expected = derivative(parameter.node().value(), i, tape, losses, penalty);
        assertEquals(expected, gradient[i], TOLERANCE, parameter.name() + " " + i);
      }
    }
  }

  private static double derivative(
      Tensor value, int i, Tape tape, Node losses, DoubleSupplier penalty) {
    float[] values = value.get();
    float kept = values[i];
    double[] loss = new double[5];
    for (int k = -2; k <= 2; k++) {
      values[i] = kept + k * STEP;
      value.set(values);
      loss[k + 2] = Learner.loss(tape, losses) + penalty.getAsDouble();
    }
    values[i] = kept;
    value.set(values);
    return (loss[0] - 8 * loss[1] + 8 * loss[3] - loss[4]) / (12 * STEP);
  }
}
