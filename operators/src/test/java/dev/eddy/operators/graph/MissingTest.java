package dev.eddy.operators.graph;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernels;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever is given things with a shape, or one of a few kinds, and is not given one of them,
 * refuses that by a rule.
 */
class MissingTest {
  private final Tape tape = new Tape(Kernels.scalar());

  @AfterEach
  void close() {
    tape.close();
  }

  @Test
  void whatIsMissingIsRefusedUnlessItMayBe() throws ReflectiveOperationException {
    Set<String> optional = new TreeSet<>();
    for (Executable what : Recorders.given()) {
      String name = Recorders.name(what);
      Class<?>[] types = what.getParameterTypes();
      assertEquals("", refusal(what, fitting(what, types)), name);
      for (int i = 0; i < types.length; i++) {
        if (Recorders.mayBeMissing(types[i])) {
          Object[] given = fitting(what, types);
          given[i] = null;
          String refusal = refusal(what, given);
          if (refusal.isEmpty()) {
            optional.add(name + " " + i);
          } else {
            assertTrue(refusal.contains(" is missing"), name + " " + i + ": " + refusal);
          }
        }
      }
    }
    assertEquals(Set.of("Affine.of 3", "Convolution.of 4"), optional, "biases");
  }

  /** By which rule the call was refused; empty where it was not. */
  private String refusal(Executable what, Object[] given) throws ReflectiveOperationException {
    try {
      if (what instanceof Constructor<?> constructor) {
        constructor.newInstance(given);
      } else {
        ((Method) what).invoke(fitting(what, what.getDeclaringClass())[0], given);
      }
      return "";
    } catch (InvocationTargetException e) {
      Throwable refusal = e.getCause();
      assertEquals(IllegalArgumentException.class, refusal.getClass(), Recorders.name(what));
      return refusal.getMessage();
    }
  }

  /** Of each type what fits the others: one row, one column, and an LSTM of one unit. */
  private Object[] fitting(Executable what, Class<?>... types) {
    Node one = tape.node(1, 1);
    Node blocks = tape.node(4, 1);
    Node row = tape.node(1, 4);
    EmbeddingTable table = new EmbeddingTable(tape.scope(), "table", 1, 1, new float[1], 1);
    Map<Class<?>, Object> fitting =
        Map.ofEntries(
            entry(Tape.class, tape),
            entry(Node.class, one),
            entry(Grid.class, new Grid(one, 1, 1)),
            entry(Filter.class, Filter.square(1, 1, 0)),
            entry(Packing.class, new Packing(1)),
            entry(EmbeddingTable.class, table),
            entry(Recurrent.Weights.class, new Recurrent.Weights(blocks, blocks, row, row)),
            entry(Recurrent.Direction.class, Recurrent.Direction.FORWARD),
            entry(Cell.class, Cell.LSTM),
            entry(Function.class, Function.TANH),
            entry(LongSupplier.class, (LongSupplier) () -> 1),
            entry(String.class, "it"),
            entry(float.class, 0.5f),
            entry(int.class, what.getDeclaringClass() == Packing.class ? 0 : 1)); // place or size
    Object[] values = new Object[types.length];
    int arrays = 0;
    for (int i = 0; i < types.length; i++) {
      // labels, or indices and offsets
      values[i] =
          types[i] == int[].class
              ? (arrays++ == 0 ? new int[] {0} : new int[] {0, 1})
              : fitting.get(types[i]);
    }
    return values;
  }
}
