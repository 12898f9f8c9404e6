package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.stream.TaggingOptions.Generate;
import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.EventFields;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(NothingHeld.class)
class GenerationTest {
  private static final List<String> WORDS = List.of("a", "b", "c", "d", "e");

  private final List<Event> events = events();

  @ParameterizedTest
  @CsvSource({"1, false", "2, true", "7, false", "64, true", "1000, false"})
  void whatFollowsAnEndIsReadFromItsOwnWordsWhateverTheBundle(int maxBatchSize, boolean layerNorm)
      throws Exception {
    for (Generate generate : List.of(Generate.NOTHING, most(4), new Generate(9, "c", null))) {
      assertEquals(
          expected(model(layerNorm), generate),
          tags(model(layerNorm), maxBatchSize, generate, events));
    }
  }

  @Test
  void whatIsDrawnDependsOnTheSeedAndNotOnTheBundle() throws Exception {
    List<String> drawn = tags(model(false), 1, new Generate(5, null, 3L), events);
    assertEquals(drawn, tags(model(false), 16, new Generate(5, null, 3L), events));
    assertNotEquals(drawn, tags(model(false), 16, new Generate(5, null, 4L), events));
    assertNotEquals(drawn, tags(model(false), 16, most(5), events));
  }

  @Test
  void labelsAreDrawnAsOftenAsTheyAreProbable() throws Exception {
    Map<String, Integer> counts = new HashMap<>();
    float[] scores = null;
    try (var tagging = open(model(false), 64, new Generate(1, null, 8L), null)) {
      for (int i = 0; i < 4000; i++) {
        tagging.process(List.of(new Event("s" + i, "b", null, -1, i, true)));
      }
      tagging.end();
      for (Tag tag : tagging.harness().extractOutputValues()) {
        if (tag.index() == 0) {
          counts.merge(tag.tag(), 1, Integer::sum);
          scores = tag.scores();
        }
      }
    }
    for (int label = 0; label < scores.length; label++) {
      assertEquals(scores[label], counts.get(WORDS.get(label)) / 4000.0, 0.03);
    }
  }

  @Test
  void restoredAtEveryPositionItSaysTheSame() throws Exception {
    Generate generate = new Generate(3, null, 1L);
    List<Event> some = events.subList(0, 60);
    List<String> uninterrupted = tags(model(false), 8, generate, some);
    assertTrue(uninterrupted.size() > some.size());
    for (int at = 0; at <= some.size(); at++) {
      List<String> tags = new ArrayList<>();
      OperatorSubtaskState state;
      try (var tagging = open(model(false), 8, generate, null)) {
        tagging.process(some.subList(0, at));
        state = tagging.checkpoint();
        tags.addAll(tagging.tags());
      }
      try (var tagging = open(model(false), 8, generate, state)) {
        tagging.process(some.subList(at, some.size()));
        tagging.end();
        tags.addAll(tagging.tags());
      }
      assertEquals(uninterrupted, tags, "cut at " + at);
    }
  }

  private static Generate most(int length) {
    return new Generate(length, null, null);
  }

  private static List<Event> events() {
    Random random = new Random(7);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String sequence = "s-" + random.nextInt(6);
      boolean end = random.nextInt(6) == 0;
      boolean bare = end && random.nextInt(4) == 0;
      String word = bare ? null : WORDS.get(random.nextInt(WORDS.size()));
      events.add(new Event(sequence, word, null, Event.NO_LABEL, 10L * i, end));
    }
    return events;
  }

  private static ModelSnapshot model(boolean layerNorm) {
    ModelConfig config =
        new ModelConfig(
            "lstm",
            6,
            8,
            2,
            false,
            "language-model",
            WORDS,
            new ModelConfig.Text(64, 6),
            0,
            new ModelConfig.Layers(false, 0, layerNorm));
    ModelSnapshot model = Initialization.fresh("sample", config, 5);
    // so that one word is not as good as another
    for (int i = 0; i < model.tensors().get("output.weight").length; i++) {
      model.tensors().get("output.weight")[i] *= 20;
    }
    for (int i = 0; i < model.tensors().get("embedding.weight").length; i++) {
      model.tensors().get("embedding.weight")[i] *= 20;
    }
    return model;
  }

  private static TaggingHarness open(
      ModelSnapshot model, int maxBatchSize, Generate generate, OperatorSubtaskState state)
      throws Exception {
    var options =
        new TaggingOptions(
            maxBatchSize,
            Duration.ofMillis(20),
            true,
            TakeUp.CHECKPOINT,
            OnOtherShapes.REFUSE,
            1000,
            EventFields.DEFAULT,
            generate);
    return new TaggingHarness(model, options, state, 1, 0);
  }

  private static List<String> tags(
      ModelSnapshot model, int maxBatchSize, Generate generate, List<Event> events)
      throws Exception {
    try (var tagging = open(model, maxBatchSize, generate, null)) {
      tagging.process(events);
      tagging.end();
      return tagging.tags();
    }
  }

  /** Straight from the network, event by event and word by word. */
  private List<String> expected(ModelSnapshot model, Generate generate) {
    List<String> tags = new ArrayList<>();
    Map<String, float[]> states = new HashMap<>();
    Map<String, Integer> steps = new HashMap<>();
    try (Stepper stepper = new Stepper(Kernels.best(), model, 1)) {
      for (Event event : events) {
        String sequence = event.sequence();
        int more = event.end() ? generate.length() : 0;
        for (Event next = event; next != null && next.hasInput(); ) {
          stepper.load(0, states.get(sequence));
          stepper.input(0, next);
          stepper.step(1);
          float[] scores = new float[WORDS.size()];
          stepper.scores(0, scores);
          String word = WORDS.get(stepper.label(0));
          int index = steps.merge(sequence, 1, Integer::sum) - 1;
          float probability = scores[stepper.label(0)];
          tags.add(
              Sample.text(new Tag(sequence, index, word, probability, 0, event.time(), scores)));
          float[] state = new float[stepper.stateSize()];
          stepper.store(0, state);
          states.put(sequence, state);
          boolean goesOn = more-- > 0 && !word.equals(generate.until());
          next = goesOn ? new Event(sequence, word, null, -1, 0, false) : null;
        }
        if (event.end()) {
          states.remove(sequence);
          steps.remove(sequence);
        }
      }
    }
    return tags;
  }
}
