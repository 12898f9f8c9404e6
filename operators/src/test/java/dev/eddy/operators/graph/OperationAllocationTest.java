package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.eddy.operators.AllocatedBytes;
import dev.eddy.operators.graph.GradientCases.Case;
import dev.eddy.operators.tensor.Kernels;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Running what is recorded allocates nothing, whatever the operations. */
class OperationAllocationTest {
  @Test
  void runsOfEveryOperationAllocateNothing() {
    Random random = new Random(1);
    try (Tape tape = new Tape(Kernels.best())) {
      for (Case c : GradientCases.all()) {
        assertNotNull(c.on(tape, random).y());
      }
      AllocatedBytes.assertNoneInSteadyState(
          () -> {
            tape.forward();
            tape.zeroGradients();
            tape.backward();
          });
    }
  }
}
