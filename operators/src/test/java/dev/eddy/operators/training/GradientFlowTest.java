package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradients flow back through time in every layer, fused or composed. */
class GradientFlowTest {
  private static final int EVENTS = 6;

  @ParameterizedTest(name = "layer norm {0}, bidirectional {1}")
  @CsvSource({"false,false", "true,false", "false,true", "true,true"})
  void everyLayerHasAGradientAtEveryDistance(boolean layerNorm, boolean bidirectional) {
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < EVENTS; t++) {
      events.add(new Event("a", null, new float[] {t % 2, 1 - t / 3f}, t % 2, t, false));
    }
    for (Cell cell : Cell.values()) {
      ModelConfig config =
          new ModelConfig(
              cell.architecture(),
              2,
              8,
              2,
              bidirectional,
              "tagging",
              List.of("a", "b"),
              new ModelConfig.Numeric(null, null),
              0,
              new ModelConfig.Layers(false, 0, layerNorm));
      GradientFlow flow =
          GradientFlow.of(
              Kernels.best(), Initialization.fresh("m", config, 3), List.of(events), EVENTS);
      assertEquals(EVENTS, flow.distances());
      for (int layer = 0; layer < 2; layer++) {
        for (int distance = 0; distance < EVENTS; distance++) {
          double norm = flow.norm(layer, distance);
          assertTrue(norm > 1e-9, cell + ", layer " + layer + ", distance " + distance);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"classification,false", "classification,true", "tagging,true"})
  void theLossIsThatOfTheWholeSequence(String task, boolean bidirectional) {
    ModelConfig config =
        new ModelConfig("gru", 1, 5, 2, bidirectional, task, List.of("a", "b"), null, 0);
    ModelSnapshot model = Initialization.fresh("m", config, 3);
    List<Event> before = new ArrayList<>();
    for (int t = 0; t < EVENTS; t++) {
      before.add(event(t - 1.5f, t % 2));
    }
    // the last label that stands there, which is a bare end's for a classifier alone
    List<Event> ended = new ArrayList<>(before);
    ended.add(new Event("a", null, null, 0, EVENTS, true));
    List<Event> other = new ArrayList<>(before);
    other.set(EVENTS - 1, event(EVENTS - 2.5f, 0));
    boolean classifies = task.equals("classification");
    assertEquals(norms(model, classifies ? other : before, EVENTS), norms(model, ended, EVENTS));
    assertNotEquals(norms(model, before, EVENTS), norms(model, other, EVENTS));
    // as far back as one looks, it is the same loss
    if (bidirectional) {
      assertEquals(norms(model, before, EVENTS).subList(0, 6), norms(model, before, 2));
    }
  }

  private static Event event(float x, int label) {
    return new Event("a", null, new float[] {x}, label, 0, false);
  }

  /** Of both layers, distance by distance. */
  private static List<Double> norms(ModelSnapshot model, List<Event> events, int farthest) {
    GradientFlow flow = GradientFlow.of(Kernels.scalar(), model, List.of(events), farthest);
    List<Double> norms = new ArrayList<>();
    for (int distance = 0; distance < flow.distances(); distance++) {
      norms.add(flow.norm(0, distance));
      norms.add(flow.norm(1, distance));
    }
    return norms;
  }
}
