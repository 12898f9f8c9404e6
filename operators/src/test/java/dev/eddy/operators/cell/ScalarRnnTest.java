package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.graph.Add;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Multiply;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import org.junit.jupiter.api.Test;

/** Back-propagation through time on the smallest recurrence, against its closed form. */
class ScalarRnnTest {
  @Test
  void gradientIsTheClosedForm() {
    double x1 = 0.5;
    double x2 = -0.25;
    double y1 = 1;
    double y2 = -0.5;
    double a = 0.75;
    double b = 0.5;
    double d = 1.5;
    double s1 = Math.tanh(a * x1);
    double s2 = Math.tanh(a * x2 + b * s1);
    double expected =
        2 * (d * s1 - y1) * d * (1 - s1 * s1) * x1
            + 2 * (d * s2 - y2) * d * (1 - s2 * s2) * (x2 + b * (1 - s1 * s1) * x1);

    try (Tape tape = new Tape(Kernels.scalar())) {
      Node input = node(tape, a);
      Node recurrent = node(tape, b);
      Node output = node(tape, d);
      Node state = node(tape, 0);
      Node loss = node(tape, 0);
      double[] x = {x1, x2};
      double[] y = {y1, y2};
      for (int t = 0; t < 2; t++) {
        Node sum =
            Add.of(
                tape,
                Multiply.of(tape, input, node(tape, x[t])),
                Multiply.of(tape, recurrent, state));
        state = Apply.of(tape, Function.TANH, sum);
        Node error = Add.of(tape, Multiply.of(tape, output, state), node(tape, -y[t]));
        loss = Add.of(tape, loss, Multiply.of(tape, error, error));
      }
      tape.forward();
      tape.zeroGradients();
      loss.gradient().set(1);
      tape.backward();
      assertEquals(expected, input.gradient().get()[0], 1e-6 * Math.abs(expected));
    }
  }

  private static Node node(Tape tape, double value) {
    Node node = tape.node(1, 1);
    node.value().set((float) value);
    return node;
  }
}
