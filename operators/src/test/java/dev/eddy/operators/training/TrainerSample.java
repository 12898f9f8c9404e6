package dev.eddy.operators.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.stream.Stream;

/** A small text tagger, and windows for it to learn from. */
final class TrainerSample {
  static final int WINDOW = 6;
  static final int BATCH = 5;
  static final OnlineTrainer.Options OPTIONS =
      new OnlineTrainer.Options(WINDOW, BATCH, 3e-3f, 1, 1);
  static final List<String> WORDS =
      List.of("The", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog", ".");

  static final ModelSnapshot START =
      Initialization.fresh(
          "m",
          new ModelConfig(
              "lstm",
              8,
              11,
              2,
              false,
              "tagging",
              List.of("a", "b", "c"),
              new ModelConfig.Text(301, 8),
              0),
          4);

  private TrainerSample() {}

  static Stream<Kernel> kernels() {
    return Stream.of(Kernels.scalar(), Kernels.best());
  }

  static void same(SortedMap<String, float[]> a, SortedMap<String, float[]> b) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, values) -> assertArrayEquals(values, b.get(name), 0f, name));
  }

  static List<float[]> none(int n) {
    return Collections.nCopies(n, null);
  }

  /** Windows of 1 to WINDOW events. */
  static List<Window> windows(Random random, int n) {
    List<Window> windows = new ArrayList<>();
    for (int s = 0; s < n; s++) {
      windows.addAll(windows(random, 1, 1 + random.nextInt(WINDOW)));
    }
    return windows;
  }

  static List<Window> windows(Random random, int n, int length) {
    List<Window> windows = new ArrayList<>();
    for (int s = 0; s < n; s++) {
      List<Event> events = new ArrayList<>();
      for (int t = 0; t < length; t++) {
        events.add(event(s, random.nextInt(WORDS.size()), random.nextInt(3)));
      }
      windows.add(window(s, events));
    }
    return windows;
  }

  static Window window(int sequence, List<Event> events) {
    return new Window("s" + sequence, events, false);
  }

  static Event end(int sequence) {
    return new Event("s" + sequence, null, null, Event.NO_LABEL, 0, true);
  }

  static Event event(int sequence, int word, int label) {
    return new Event("s" + sequence, WORDS.get(word), null, label, 0, false);
  }
}
