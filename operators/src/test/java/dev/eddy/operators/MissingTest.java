package dev.eddy.operators;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.BeamSearch;
import dev.eddy.operators.cell.CellEquations;
import dev.eddy.operators.cell.EncoderDecoder;
import dev.eddy.operators.cell.Initial;
import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Network;
import dev.eddy.operators.cell.TreeComposer;
import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Operation;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Recorders;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever is not given one of the things that it is made from, or is given a node that does not
 * fit the others, refuses that by a rule.
 */
class MissingTest {
  private final Kernel kernel = Kernels.scalar();
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
  }

  @Test
  void operationsRefuseWhatIsMissingUnlessItMayBe() throws Exception {
    assertEquals(Set.of("Affine.of 3", "Convolution.of 4"), missing(Operation.class), "biases");
  }

  @Test
  void cellsAndNetworksRefuseWhatIsMissingUnlessItMayBe() throws Exception {
    Set<String> gainsAndStates =
        Set.of(
            "CellEquations.step 5",
            "Weights.recurrent(Tape, String, Cell, Direction, Packing, Node, State, int) 6",
            "Weights.normalised 6",
            "new Next 1");
    assertEquals(gainsAndStates, missing(Weights.class));
  }

  @Test
  void operationsRefuseANodeThatDoesNotFitTheOthers() throws Exception {
    Set<String> ofAnyShape =
        Set.of(
            "Apply.of 2",
            "Dropout.of 1",
            "Entropy.of 1",
            "Grid.sequences 0",
            "Prelu.leaky 1",
            "Softmax.of 1",
            "Sum.of 1",
            "new Grid 0");
    assertEquals(ofAnyShape, misshapen(Operation.class), "given one node alone");
  }

  @Test
  void cellsAndNetworksRefuseANodeThatDoesNotFitTheOthers() throws Exception {
    Set<String> ofAnyShape = Set.of("Weights.affine 2", "Weights.layerNorm 2", "Weights.prelu 2");
    assertEquals(ofAnyShape, misshapen(Weights.class), "given one node, and making the others");
  }

  private Set<String> missing(Class<?> beside) throws Exception {
    return accepted(beside, Recorders::mayBeMissing, null, " is missing");
  }

  private Set<String> misshapen(Class<?> beside) throws Exception {
    return accepted(beside, type -> type == Node.class, tape.node(2, 3), "must");
  }

  /** Where something else is not refused, by its place among what is given. */
  private Set<String> accepted(
      Class<?> beside, Predicate<Class<?>> which, Object other, String rule) throws Exception {
    Set<String> accepted = new TreeSet<>();
    for (Executable what : Recorders.beside(beside).given()) {
      String name = Recorders.name(what);
      assertEquals("", refusal(what, -1, null), name);
      for (int i = 0; i < what.getParameterCount(); i++) {
        if (which.test(what.getParameterTypes()[i])) {
          String refusal = refusal(what, i, other);
          if (refusal.isEmpty()) {
            accepted.add(name + " " + i);
          } else {
            assertTrue(refusal.contains(rule), name + " " + i + ": " + refusal);
          }
        }
      }
    }
    return accepted;
  }

  /** By which rule the call with something else at a place was refused; empty where it was not. */
  private String refusal(Executable what, int place, Object other) throws Exception {
    try (Weights weights = new Weights(kernel, 1)) {
      Object[] given = fitting(weights, what, what.getParameterTypes());
      if (place >= 0) {
        given[place] = other;
      }
      Object made;
      if (what instanceof Constructor<?> constructor) {
        made = constructor.newInstance(given);
      } else {
        what.setAccessible(true);
        boolean onOne = !Modifier.isStatic(what.getModifiers());
        Object one = onOne ? fitting(weights, what, what.getDeclaringClass())[0] : null;
        made = ((Method) what).invoke(one, given);
      }
      if (made instanceof AutoCloseable closeable) {
        closeable.close();
      }
      return "";
    } catch (InvocationTargetException e) {
      Throwable refusal = e.getCause();
      if (refusal.getClass() != IllegalArgumentException.class) {
        throw new AssertionError(Recorders.name(what) + " " + place, refusal);
      }
      return refusal.getMessage();
    }
  }

  /** Of each type what fits the others: one of everything, and an LSTM of one unit. */
  private Object[] fitting(Weights weights, Executable what, Class<?>... types) {
    Node one = tape.node(1, 1);
    Node blocks = tape.node(4, 1);
    Node row = tape.node(1, 4);
    EmbeddingTable table = new EmbeddingTable(tape.scope(), "table", 1, 1, new float[1], 1);
    EncoderDecoder network = new EncoderDecoder(Cell.LSTM, 1, 1, 1, 1, true);
    var pair = new EncoderDecoder.Pair(new int[1], new int[1]);
    var config = new ModelConfig("lstm", 1, 1, 1, false, "tagging", List.of("a"), null, 0);
    ModelSnapshot model = Initialization.fresh("m", config, 1);
    network.record(tape, weights, List.of(pair));
    BeamSearch.Model<Object> ends = (state, symbol) -> new BeamSearch.Next<>(new float[1], state);
    Map<Class<?>, Object> fitting =
        Map.ofEntries(
            entry(Tape.class, tape),
            entry(Scope.class, tape.scope()),
            entry(Kernel.class, kernel),
            entry(Node.class, one),
            entry(Grid.class, new Grid(one, 1, 1)),
            entry(Filter.class, Filter.square(1, 1, 0)),
            entry(Packing.class, new Packing(1)),
            entry(EmbeddingTable.class, table),
            entry(Recurrent.Weights.class, new Recurrent.Weights(blocks, blocks, row, row)),
            entry(Recurrent.Direction.class, Recurrent.Direction.FORWARD),
            entry(Cell.class, Cell.LSTM),
            entry(Function.class, Function.TANH),
            entry(Initial.class, Initial.ONES),
            entry(Weights.class, weights),
            entry(CellEquations.State.class, new CellEquations.State(one, one)),
            entry(CellEquations.Gains.class, new CellEquations.Gains(row, row)),
            entry(ModelSnapshot.class, model),
            entry(Network.class, new Network(tape.scope(), model, 1)),
            entry(EncoderDecoder.class, network),
            entry(BeamSearch.Model.class, ends),
            entry(Map.class, weights.copy()),
            entry(LongSupplier.class, (LongSupplier) () -> 1),
            entry(Object.class, "a state"),
            entry(String.class, "it"),
            entry(float.class, 0.5f),
            entry(boolean.class, true),
            entry(int.class, what.getDeclaringClass() == Packing.class ? 0 : 1)); // place or size
    Object[] values = new Object[types.length];
    int arrays = 0;
    for (int i = 0; i < types.length; i++) {
      if (types[i] == int[].class) {
        values[i] = arrays++ == 0 ? new int[] {0} : new int[] {0, 1}; // labels, or bags' offsets
      } else if (types[i] == float[].class) {
        values[i] = new float[what.getDeclaringClass() == TreeComposer.class && i == 4 ? 2 : 1];
      } else if (types[i] == List.class) {
        values[i] = List.of(what.getName().equals("record") ? pair : "a"); // or tokens
      } else {
        values[i] = fitting.get(types[i]);
      }
    }
    return values;
  }
}
