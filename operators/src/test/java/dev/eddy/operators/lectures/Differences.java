package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Tensor;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;

/**
 * The gradient of a mean loss by every single weight of a network, against finite differences: the
 * five-point stencil with steps of 2^-7, whose own error is nothing beside the roundings of a loss
 * in float32, some 1e-7 / 2^-7.
 */
final class Differences {
  private static final float STEP = 0x1p-7f;
  private static final double TOLERANCE = 1e-4;

  private Differences() {}

  static void assertGradients(Weights weights, Tape tape, Node losses) {
    new Learner(weights, Adam.standard()).gradients(tape, losses);
    for (Parameter parameter : weights.parameters()) {
      float[] gradient = parameter.node().gradient().get();
      for (int i = 0; i < gradient.length; i++) {
        double expected = derivative(parameter.node().value(), i, tape, losses);
        assertEquals(expected, gradient[i], TOLERANCE, parameter.name() + " " + i);
      }
    }
  }

  private static double derivative(Tensor value, int i, Tape tape, Node losses) {
    float[] values = value.get();
    float kept = values[i];
    double[] loss = new double[5];
    for (int k = -2; k <= 2; k++) {
      values[i] = kept + k * STEP;
      value.set(values);
      loss[k + 2] = Learner.loss(tape, losses);
    }
    values[i] = kept;
    value.set(values);
    return (loss[0] - 8 * loss[1] + 8 * loss[3] - loss[4]) / (12 * STEP);
  }
}
