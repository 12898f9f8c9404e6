package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.lectures.ReberTask.Score;
import dev.eddy.operators.tensor.Cell;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whether recurrence really learns: four tasks that need a memory, on fresh examples at every step,
 * measured on others. The LSTM and the GRU pass. Where the vanilla RNN does not, or, on parity, not
 * from most of its starts, it is given as many steps as they are at most, at each of three learning
 * rates. Minutes, so only where asked for:
 *
 * <pre>
 * mvn test -pl operators -am -Dtest=MemoryGatesTest -Deddy.memory-gates=true \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@EnabledIfSystemProperty(named = "eddy.memory-gates", matches = "true")
class MemoryGatesTest {
  /** Of each cell on each task. */
  private static final int MOST_STEPS = 4000;

  static Stream<Arguments> gated() {
    return Stream.of(Cell.LSTM, Cell.GRU)
        .flatMap(cell -> IntStream.of(1, 2, 3).mapToObj(seed -> Arguments.of(cell, seed)));
  }

  @ParameterizedTest
  @MethodSource("gated")
  @DisplayName("L18 memory: adding over 100 steps, mean squared error < 0.01, where 1 gives 0.167")
  void adding(Cell cell, int seed) {
    try (AddingTask task = new AddingTask(cell, 100, seed)) {
      assertTrue(task.learn(3e-3, MOST_STEPS) > 0);
      assertTrue(task.meanSquaredError() < 0.01);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {3e-3, 1e-3, 3e-4})
  @DisplayName("L18 memory: adding over 100 steps, a vanilla RNN is no better than saying 1")
  void addingOfTheVanillaRnn(double rate) {
    try (AddingTask task = new AddingTask(Cell.RNN_TANH, 100, 1)) {
      assertEquals(-1, task.learn(rate, MOST_STEPS));
      assertEquals(0.167, task.meanSquaredError(), 0.03);
    }
  }

  @ParameterizedTest
  @MethodSource("gated")
  @DisplayName("L18 memory: copy after 20 steps, cross entropy near 0, where guessing gives 2.08")
  void copy(Cell cell, int seed) {
    try (CopyTask task = new CopyTask(cell, 5, 20, seed)) {
      assertTrue(task.learn(1e-2, MOST_STEPS) > 0);
      assertTrue(task.loss() < 0.02);
    }
  }

  @Test
  @DisplayName("L18 memory: copy after 20 steps, a vanilla RNN too, beginning orthogonal")
  void copyOfTheVanillaRnn() {
    try (CopyTask task = new CopyTask(Cell.RNN_TANH, 5, 20, 1)) {
      assertTrue(task.learn(3e-3, MOST_STEPS) > 0);
      assertTrue(task.loss() < 0.02);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LSTM", "GRU"})
  @DisplayName("L18 memory: copy after 60 steps, the cross entropy is near 0 still")
  void longCopy(Cell cell) {
    try (CopyTask task = new CopyTask(cell, 3, 60, 1)) {
      assertTrue(task.learn(1e-2, MOST_STEPS) > 0);
      assertTrue(task.loss() < 0.02);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 3e-3, 1e-3})
  @DisplayName("L18 memory: copy after 60 steps, a vanilla RNN not, in as many steps")
  void longCopyOfTheVanillaRnn(double rate) {
    try (CopyTask task = new CopyTask(Cell.RNN_TANH, 3, 60, 1)) {
      assertEquals(-1, task.learn(rate, MOST_STEPS));
      assertTrue(task.loss() > 0.5, "cross entropy " + task.loss());
    }
  }

  @ParameterizedTest
  @MethodSource("gated")
  @DisplayName("L18 memory: parity of up to 50 bits, every one of 2000 strings right")
  void parity(Cell cell, int seed) {
    try (ParityTask task = new ParityTask(cell, 50, seed)) {
      assertTrue(task.learn(1e-2, MOST_STEPS) > 0);
      assertEquals(0, task.wrong());
    }
  }

  @Test
  @DisplayName(
      "L18 memory: parity of up to 50 bits, a vanilla RNN from less than half of 15 starts")
  void parityOfTheVanillaRnn() {
    int solved = 0;
    for (double rate : new double[] {1e-2, 3e-3, 1e-3}) {
      for (int seed = 1; seed <= 5; seed++) {
        try (ParityTask task = new ParityTask(Cell.RNN_TANH, 50, seed)) {
          solved += task.learn(rate, MOST_STEPS) > 0 ? 1 : 0;
        }
      }
    }
    assertTrue(solved <= 7, solved + " of 15");
  }

  @ParameterizedTest
  @MethodSource("gated")
  @DisplayName("L18 memory: embedded Reber grammar, 100 % legal next symbols on held-out strings")
  void reber(Cell cell, int seed) {
    solve(new ReberTask(cell, 12, seed));
  }

  @ParameterizedTest
  @MethodSource("gated")
  @DisplayName("L18 memory: embedded Reber grammar with a middle of 40 to 55 symbols, the same")
  void longReber(Cell cell, int seed) {
    solve(new ReberTask(cell, 40, seed));
  }

  private static void solve(ReberTask task) {
    try (task) {
      assertTrue(task.learn(1e-2, MOST_STEPS) > 0);
      assertEquals(new Score(320, 0, 0), task.score());
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-2, 3e-3, 1e-3})
  @DisplayName("L18 memory: embedded Reber grammar, a vanilla RNN only guesses the branch again")
  void reberOfTheVanillaRnn(double rate) {
    for (int shortest : new int[] {12, 40}) {
      try (ReberTask task = new ReberTask(Cell.RNN_TANH, shortest, 1)) {
        assertEquals(-1, task.learn(rate, MOST_STEPS));
        Score score = task.score();
        assertEquals(0.5, (double) score.forgotten() / score.strings(), 0.1, score.toString());
      }
    }
  }
}
