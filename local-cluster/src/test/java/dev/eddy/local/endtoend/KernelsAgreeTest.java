package dev.eddy.local.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tags of the scalar and of the vector kernel are the same, and their scores to 1e-4. */
final class KernelsAgreeTest {
  private static final float TOLERANCE = 1e-4f;
  private static final int EVENTS = 3000;

  @Test
  void onNumbers() throws Exception {
    assertAgree(Stage.numbers(), Sequences.numbers(9, 7, EVENTS));
  }

  @Test
  void onTokens() throws Exception {
    assertAgree(Stage.tokens(), Sequences.tokens(10, 7, EVENTS));
  }

  private static void assertAgree(ModelConfig config, List<Sequences.Sent> events)
      throws Exception {
    assertNotEquals(Kernels.scalar().name(), Kernels.best().name(), "this JVM has one kernel only");
    ModelSnapshot model = larger(Initialization.fresh("default", config, 11));
    List<float[]> expected = scores(Kernels.scalar(), model, events);
    List<float[]> found = scores(Kernels.best(), model, events);
    assertEquals(expected.size(), found.size());
    int certain = 0;
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), found.get(i), TOLERANCE, "event " + i);
      float[] sorted = expected.get(i).clone();
      Arrays.sort(sorted);
      if (sorted[sorted.length - 1] - sorted[sorted.length - 2] > 2 * TOLERANCE) {
        assertEquals(best(expected.get(i)), best(found.get(i)), "event " + i);
        certain++;
      }
    }
    assertTrue(certain > EVENTS * 0.9, "tags that rounding could not change: " + certain);
  }

  /** Weights as large as training makes them, so that gates open and close. */
  private static ModelSnapshot larger(ModelSnapshot model) {
    for (float[] values : model.tensors().values()) {
      for (int i = 0; i < values.length; i++) {
        values[i] *= 4;
      }
    }
    return model;
  }

  private static List<float[]> scores(
      Kernel kernel, ModelSnapshot model, List<Sequences.Sent> events) throws Exception {
    EventFormat format = new EventFormat(model.config(), EventFields.DEFAULT, false);
    List<float[]> all = new ArrayList<>();
    Map<String, float[]> states = new HashMap<>();
    try (Stepper stepper = new Stepper(kernel, model, 1)) {
      for (Sequences.Sent sent : events) {
        Event event = format.parse(sent.key(), sent.value(), 0);
        if (event.hasInput()) {
          stepper.load(0, states.get(event.sequence()));
          stepper.input(0, event);
          stepper.step(1);
          float[] state = new float[stepper.stateSize()];
          stepper.store(0, state);
          states.put(event.sequence(), state);
          float[] scores = new float[model.config().labels().size()];
          stepper.scores(0, scores);
          all.add(scores);
        }
        if (event.end()) {
          states.remove(event.sequence());
        }
      }
    }
    return all;
  }

  private static int best(float[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      best = scores[i] > scores[best] ? i : best;
    }
    return best;
  }
}
