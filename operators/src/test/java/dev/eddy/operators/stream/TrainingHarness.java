package dev.eddy.operators.stream;

import dev.eddy.operators.training.Learning;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** The training operator on Flink's own test harness, and what its tests ask of it. */
final class TrainingHarness implements AutoCloseable {
  static final int WINDOW = 4;
  static final int BATCH = 3;
  static final TrainingOptions OPTIONS =
      new TrainingOptions(WINDOW, BATCH, Learning.adam(0.01f, 1), 5, 40, Duration.ofMillis(200));

  private final KeyedOneInputStreamOperatorTestHarness<String, Window, Score> harness;
  private long checkpoints;

  TrainingHarness(OperatorSubtaskState state) throws Exception {
    this(Sample.model(0), state);
  }

  TrainingHarness(ModelSnapshot start, OperatorSubtaskState state) throws Exception {
    this(start, OPTIONS, state);
  }

  TrainingHarness(ModelSnapshot start, TrainingOptions options, OperatorSubtaskState state)
      throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new TrainingOperator(start, options), Window::sequence, BasicTypeInfo.STRING_TYPE_INFO);
    harness.setup(Types.SCORE.createSerializer(new SerializerConfigImpl()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
  }

  /** Windows of events, as the windowing operator cuts them. */
  static List<Window> windows(List<Event> events) throws Exception {
    return windows(events, WINDOW);
  }

  @SuppressWarnings("try")
  static List<Window> windows(List<Event> events, int window) throws Exception {
    TrainingOptions options =
        new TrainingOptions(window, BATCH, OPTIONS.learning(), 5, 40, OPTIONS.patience());
    try (var windowing =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new WindowingOperator(Sample.model(0).config(), options),
            Event::sequence,
            BasicTypeInfo.STRING_TYPE_INFO)) {
      windowing.setup(Types.WINDOW.createSerializer(new SerializerConfigImpl()));
      windowing.open();
      for (Event event : events) {
        windowing.processElement(event, event.time());
      }
      windowing.endInput();
      return windowing.extractOutputValues();
    }
  }

  /** A full window of labelled events, all at one time. */
  static Window window(String sequence, long time, boolean end) {
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < WINDOW; i++) {
      float[] features = {time % 7, i, sequence.charAt(0) - 'b'};
      events.add(new Event(sequence, null, features, i % 3, time, false));
    }
    return new Window(sequence, events, end);
  }

  KeyedOneInputStreamOperatorTestHarness<String, Window, Score> harness() {
    return harness;
  }

  void process(List<Window> windows) throws Exception {
    for (Window window : windows) {
      harness.processElement(window, 0);
    }
  }

  void end() throws Exception {
    harness.endInput();
  }

  OperatorSubtaskState checkpoint() throws Exception {
    checkpoints++;
    harness.prepareSnapshotPreBarrier(checkpoints);
    return harness.snapshot(checkpoints, 0);
  }

  List<Score> scores() {
    return harness.extractOutputValues();
  }

  /** Models published so far. */
  List<ModelSnapshot> models() {
    List<ModelSnapshot> models = new ArrayList<>();
    var published = harness.getSideOutput(TrainingOperator.MODELS);
    if (published != null) {
      published.forEach(record -> models.add(record.getValue()));
    }
    return models;
  }

  /** Scores, then models, to the bit. */
  List<String> all() {
    List<String> all = new ArrayList<>();
    scores().forEach(score -> all.add(score.toString()));
    models().forEach(model -> all.add(text(model)));
    return all;
  }

  static String text(ModelSnapshot model) {
    StringBuilder text = new StringBuilder();
    text.append(model.name()).append(' ').append(model.version());
    text.append(" of ").append(model.parent()).append(" after ").append(model.steps());
    model.tensors().forEach((name, values) -> text.append(name).append(Arrays.toString(values)));
    return text.toString();
  }

  @Override
  public void close() {
    try {
      harness.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
