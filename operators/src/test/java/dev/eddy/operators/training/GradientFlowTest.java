package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
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
}
