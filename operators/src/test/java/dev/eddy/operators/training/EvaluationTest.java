package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  /** A rectifier that hands its input to the first label: x above 0 is a, else b by the bias. */
  private static ModelSnapshot model(String task, boolean bidirectional) {
    ModelConfig config =
        new ModelConfig("rnn_relu", 1, 1, 1, bidirectional, task, List.of("a", "b", "c"), null, 0);
    ModelSnapshot model = Initialization.fresh("m", config, 1);
    model.tensors().values().forEach(values -> Arrays.fill(values, 0));
    model.tensors().putAll(Map.of("rnn.weight_ih_l0", new float[] {1}));
    int columns = bidirectional ? 2 : 1;
    model.tensors().get("output.weight")[0] = 10;
    model.tensors().put("output.bias", new float[] {-1, 0, -50});
    assertEquals(3 * columns, model.tensors().get("output.weight").length);
    return model;
  }

  private static final List<List<Event>> SEQUENCES =
      List.of(
          List.of(event(1, 0), event(-1, 1), event(1, Event.NO_LABEL), event(-1, 0)),
          List.of(event(1, 1), event(-1, 1)));

  @Test
  void labelsAreCountedOneByOne() {
    for (boolean bidirectional : new boolean[] {false, true}) {
      Evaluation found =
          Evaluation.of(Kernels.scalar(), model("tagging", bidirectional), SEQUENCES);
      assertEquals(5, found.count());
      assertEquals(3 / 5.0, found.accuracy());
      assertEquals(1 / 2.0, found.precision(0));
      assertEquals(1 / 2.0, found.recall(0));
      assertEquals(2 / 3.0, found.precision(1));
      assertEquals(2 / 3.0, found.recall(1));
      assertEquals(Double.NaN, found.precision(2));
      double aOnPlus = Math.log1p(Math.exp(-9));
      double bOnPlus = 9 + aOnPlus;
      double bOnMinus = Math.log1p(Math.exp(-1));
      double aOnMinus = 1 + bOnMinus;
      double loss = (aOnPlus + bOnMinus + aOnMinus + bOnPlus + bOnMinus) / 5;
      assertEquals(loss, found.crossEntropy(), 1e-5);
      assertEquals(Math.exp(loss), found.perplexity(), 1e-4);
    }
  }

  @Test
  void ofAClassifierSequencesAreCounted() {
    Evaluation found = Evaluation.of(Kernels.scalar(), model("classification", false), SEQUENCES);
    assertEquals(2, found.count());
    assertEquals(1 / 2.0, found.accuracy());
  }

  @Test
  void labelOfASequenceStandsOnItsLastEventOrABareEnd() {
    Event end = new Event("s", null, null, 0, 9, true);
    List<Event> elsewhere = List.of(event(-1, 1), event(1, Event.NO_LABEL));
    List<Event> unlabelledEnd = List.of(event(1, 0), end.labelled(Event.NO_LABEL));
    List<Event> both = List.of(event(1, 1), end);
    ModelSnapshot model = model("classification", false);
    Evaluation found =
        Evaluation.of(Kernels.scalar(), model, List.of(elsewhere, unlabelledEnd, both));
    assertEquals(2, found.having(0));
    assertEquals(2, found.count());
  }

  private static Event event(float x, int label) {
    return new Event("s", null, new float[] {x}, label, 0, false);
  }
}
