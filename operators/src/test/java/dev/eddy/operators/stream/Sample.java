package dev.eddy.operators.stream;

import dev.eddy.operators.cell.Stepper;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelConfig.Layers;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Tag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Small models and streams of events, the same for the same seed, and what must become of them. */
final class Sample {
  static final int INPUTS = 3;
  static final int HIDDEN = 8;
  static final List<String> LABELS = List.of("low", "mid", "high");

  private Sample() {}

  /** Random weights of three inputs, eight hidden units, three labels; seeded by the version. */
  static ModelSnapshot model(long version) {
    return model(version, HIDDEN);
  }

  static ModelSnapshot model(long version, int hidden) {
    return model(version, INPUTS, hidden);
  }

  static ModelSnapshot model(long version, int inputs, int hidden) {
    return model(version, inputs, hidden, Layers.PLAIN);
  }

  static ModelSnapshot model(long version, int inputs, int hidden, Layers layers) {
    ModelConfig config =
        new ModelConfig("lstm", inputs, hidden, 1, false, "tagging", LABELS, null, 0, layers);
    Random random = new Random(version + 1);
    SortedMap<String, float[]> tensors = new TreeMap<>();
    config
        .shapes()
        .forEach(
            (name, shape) -> {
              float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
              }
              tensors.put(name, values);
            });
    return new ModelSnapshot("sample", version, version - 1, 0, config, tensors);
  }

  /**
   * Events of random sequences: one in twelve ends its sequence, half of these with nothing else.
   * The label is that of the greatest feature; one in eight has none. Times are 10 ms apart.
   */
  static List<Event> events(int count, int sequences, long seed) {
    Random random = new Random(seed);
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String sequence = "s-" + random.nextInt(sequences);
      boolean end = random.nextInt(12) == 0;
      if (end && random.nextBoolean()) {
        events.add(end(sequence, 10L * i));
        continue;
      }
      float[] features = new float[INPUTS];
      int greatest = 0;
      for (int k = 0; k < INPUTS; k++) {
        features[k] = (float) random.nextGaussian();
        greatest = features[k] > features[greatest] ? k : greatest;
      }
      int label = random.nextInt(8) == 0 ? Event.NO_LABEL : greatest;
      events.add(new Event(sequence, null, features, label, 10L * i, end));
    }
    return events;
  }

  static Event event(String sequence, long time, float... features) {
    return new Event(sequence, null, features, Event.NO_LABEL, time, false);
  }

  static Event end(String sequence, long time) {
    return new Event(sequence, null, null, Event.NO_LABEL, time, true);
  }

  /** A tag to the bit: records of arrays are not equal by content. */
  static String text(Tag tag) {
    return tag.sequence()
        + " #"
        + tag.index()
        + " "
        + tag.tag()
        + " "
        + tag.probability()
        + " v"
        + tag.modelVersion()
        + " @"
        + tag.time()
        + " "
        + Arrays.toString(tag.scores());
  }

  /**
   * The tags of events, one after the other, straight from the network.
   *
   * @param versions the model that steps each event; states are kept over changes
   */
  static List<String> tags(List<Event> events, List<ModelSnapshot> versions) {
    List<String> tags = new ArrayList<>();
    Map<String, float[]> states = new HashMap<>();
    Map<String, Long> steps = new HashMap<>();
    ModelSnapshot model = null;
    Stepper stepper = null;
    for (int i = 0; i < events.size(); i++) {
      if (model == null || model.version() != versions.get(i).version()) {
        if (stepper != null) {
          stepper.close();
        }
        model = versions.get(i);
        stepper = new Stepper(Kernels.best(), model, 1);
      }
      Event event = events.get(i);
      if (event.hasInput()) {
        stepper.load(0, states.get(event.sequence()));
        stepper.input(0, event);
        stepper.step(1);
        float[] scores = new float[LABELS.size()];
        stepper.scores(0, scores);
        int label = stepper.label(0);
        long index = steps.merge(event.sequence(), 1L, Long::sum) - 1;
        tags.add(
            text(
                new Tag(
                    event.sequence(),
                    index,
                    LABELS.get(label),
                    scores[label],
                    model.version(),
                    event.time(),
                    scores)));
        float[] state = new float[stepper.stateSize()];
        stepper.store(0, state);
        states.put(event.sequence(), state);
      }
      if (event.end()) {
        states.remove(event.sequence());
        steps.remove(event.sequence());
      }
    }
    if (stepper != null) {
      stepper.close();
    }
    return tags;
  }
}
