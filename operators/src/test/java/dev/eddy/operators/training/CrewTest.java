package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CrewTest {
  private static final int TASKS = 20_000;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void eachPartOfEachTaskRunsOnceAndIsSeenByTheCaller(int size) {
    int[] plain = new int[size];
    try (Crew crew = new Crew("crew-test", size)) {
      for (int task = 1; task <= TASKS; task++) {
        crew.run(part -> plain[part]++);
        int[] expected = new int[size];
        Arrays.fill(expected, task);
        assertArrayEquals(expected, plain);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void partsRunAtTheSameTime(int size) {
    CyclicBarrier all = new CyclicBarrier(size);
    try (Crew crew = new Crew("crew-test", size)) {
      for (int task = 0; task < 10; task++) {
        crew.run(part -> assertDoesNotThrow(() -> all.await()));
      }
    }
  }

  @Test
  void callerRunsThePartsOfThreadsThatDoNotCome() {
    Crew crew = new Crew("crew-test", 3);
    crew.run(part -> {});
    crew.close();
    Thread[] by = new Thread[3];
    crew.run(part -> by[part] = Thread.currentThread());
    for (Thread thread : by) {
      assertSame(Thread.currentThread(), thread);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatAPartThrowsIsThrownWhenAllHaveRunAndNotAgain(int bad) {
    try (Crew crew = new Crew("crew-test", 3)) {
      AtomicIntegerArray runs = new AtomicIntegerArray(3);
      Crew.Task fails =
          part -> {
            runs.incrementAndGet(part);
            if (part == bad) {
              throw new IllegalStateException("part " + part);
            }
          };
      Exception thrown = assertThrows(IllegalStateException.class, () -> crew.run(fails));
      assertEquals("part " + bad, thrown.getMessage());
      crew.run(runs::incrementAndGet);
      assertEquals(6, IntStream.range(0, 3).map(runs::get).sum());
    }
  }
}
