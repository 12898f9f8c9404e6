package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a training job without a checkpoint makes of the newest model and its model directory. */
class PublishedModelsTest {
  private static final ModelSnapshot NEWEST = model(7, Layers.PLAIN);

  @Test
  void goesOnFromTheNewestWithTheDropoutOfTheDirectory() {
    Layers dropout = new Layers(false, 0.25f, false);
    ModelSnapshot start = goingOn(dropout);
    assertEquals(7, start.version());
    assertEquals(dropout, start.config().layers());
    assertSame(NEWEST.tensors(), start.tensors());
  }

  @Test
  void startsFromTheDirectoryWhereItsLayersAreOthers() {
    for (Layers other : new Layers[] {new Layers(true, 0, false), new Layers(false, 0, true)}) {
      ModelSnapshot start = goingOn(other);
      assertEquals(7, start.version());
      assertEquals(-1, start.parent());
      assertEquals(other, start.config().layers());
      assertEquals(start.config().shapes().keySet(), start.tensors().keySet());
    }
  }

  private static ModelSnapshot goingOn(Layers layers) {
    return new PublishedModels("models", model(0, layers)).goingOnFrom(NEWEST);
  }

  private static ModelSnapshot model(long version, Layers layers) {
    ModelConfig plain = Models.lstm().config();
    var config =
        new ModelConfig(
            plain.architecture(),
            plain.inputSize(),
            plain.hiddenSize(),
            plain.numLayers(),
            plain.bidirectional(),
            plain.task(),
            plain.labels(),
            plain.features(),
            plain.lookahead(),
            layers);
    var tensors = new TreeMap<String, float[]>();
    config
        .shapes()
        .forEach(
            (name, shape) ->
                tensors.put(name, new float[shape[0] * (shape.length > 1 ? shape[1] : 1)]));
    return new ModelSnapshot("default", version, version - 1, 0, config, tensors);
  }
}
