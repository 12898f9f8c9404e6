package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.graph.GradientCases.Case;
import dev.eddy.operators.graph.GradientCases.Recorded;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation there is, primitive or composed, checked against finite differences. */
class GradientCheckTest {
  private static final Recorders OPERATIONS = Recorders.beside(Operation.class);
  private static final int DIRECTIONS = 5;

  @Test
  void everyOperationHasACase() {
    assertEquals(
        OPERATIONS.all(),
        GradientCases.all().stream().map(Case::recorder).collect(Collectors.toSet()));
  }

  @Test
  void everyPrimitiveOperationIsRecordedBySomeMethod() {
    for (Class<?> operation : Operation.class.getPermittedSubclasses()) {
      String prefix = operation.getSimpleName() + ".";
      assertTrue(OPERATIONS.all().stream().anyMatch(name -> name.startsWith(prefix)), prefix);
    }
  }

  static Stream<Arguments> casesOnKernels() {
    return Stream.of(Kernels.scalar(), Kernels.best())
        .flatMap(
            kernel ->
                GradientCases.all().stream().map(c -> Arguments.of(c, kernel.name(), kernel)));
  }

  @ParameterizedTest(name = "{0} on {1}")
  @MethodSource("casesOnKernels")
  void derivativeIsThatOfFiniteDifferences(Case c, String name, Kernel kernel) {
    Random random = new Random(c.toString().hashCode());
    try (Tape tape = new Tape(kernel)) {
      Recorded recorded = c.on(tape, random);
      assertTrue(c.isOn(tape), "records " + c);
      FiniteDifferences.assertGradients(tape, recorded.y(), recorded.inputs(), DIRECTIONS, random);

      if (tape.operations().size() == 1) {
        assertGradientsAdd(tape, recorded, random);
      }
    }
  }

  private static void assertGradientsAdd(Tape tape, Recorded recorded, Random random) {
    float[] w = GradientCases.values(random, recorded.y().rows() * recorded.y().columns());
    tape.forward();
    List<List<float[]>> runs = new ArrayList<>();
    for (int run = 0; run < 3; run++) {
      recorded.y().gradient().set(w);
      tape.backward();
      runs.add(recorded.inputs().stream().map(input -> input.gradient().get()).toList());
    }
    for (int i = 0; i < recorded.inputs().size(); i++) {
      for (int j = 0; j < runs.get(0).get(i).length; j++) {
        float last = runs.get(2).get(i)[j];
        float added = runs.get(1).get(i)[j] - runs.get(0).get(i)[j];
        assertEquals(added, last - runs.get(1).get(i)[j], 1e-5 * (1 + Math.abs(last)), "they add");
      }
    }
  }

  /** The check itself: an input whose gradient is small and wrong, beside one that is great. */
  @Test
  void aSmallWrongGradientDoesNotHideBehindAGreatOne() {
    try (Tape tape = new Tape(Kernels.scalar())) {
      Node great = tape.node(3, 5);
      Node small = tape.node(3, 5);
      great.value().set(GradientCases.values(new Random(1), 15));
      Node few = tape.constant(3, 5);
      tape.kernel().fill(few.value(), 0.05f);
      Node y = Add.of(tape, great, Multiply.of(tape, few, small));
      assertCheck(tape, y, great, small, 1);
      for (float wrong : new float[] {0.8f, 1.2f, -1, 0}) {
        assertThrows(
            AssertionError.class,
            () -> assertCheck(tape, y, great, small, wrong),
            "times " + wrong);
      }
    }
  }

  private static void assertCheck(Tape tape, Node y, Node great, Node small, float factor) {
    Input scaled =
        new Input(
            "small",
            small.value(),
            () -> {
              float[] gradient = small.gradient().get();
              for (int i = 0; i < gradient.length; i++) {
                gradient[i] *= factor;
              }
              return gradient;
            });
    List<Input> inputs = List.of(new Input("great", great), scaled);
    FiniteDifferences.assertGradients(tape, y, inputs, DIRECTIONS, new Random(2));
  }
}
