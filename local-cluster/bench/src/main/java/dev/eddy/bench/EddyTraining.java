package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.OnlineTrainer;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** A mini-batch as the training job learns it: predicted, scored, learned from. */
final class EddyTraining implements Contestant.Run {
  private static final float LEARNING_RATE = 1e-3f;

  private static final String NAME = "bench";

  private final OnlineTrainer trainer;
  private final List<Window> windows = new ArrayList<>();
  private final List<float[]> states;
  private double loss;

  EddyTraining(Kernel kernel, Case of) {
    this.states = Collections.nCopies(of.batch(), null);
    var options =
        new OnlineTrainer.Options(
            of.length(), of.batch(), Learning.adam(LEARNING_RATE, 1), 1, of.eddyThreads());
    this.trainer = new OnlineTrainer(kernel, model(of), options);
    for (int row = 0; row < of.batch(); row++) {
      windows.add(window(of, row));
    }
  }

  private static ModelSnapshot model(Case of) {
    boolean text = of.name().equals(Case.TRAIN_TEXT);
    List<String> labels = IntStream.range(0, of.labels()).mapToObj(i -> "label " + i).toList();
    ModelConfig config =
        new ModelConfig(
            of.cell(),
            of.d(),
            of.h(),
            of.layers(),
            false,
            "tagging",
            labels,
            text ? new ModelConfig.Text(Case.TABLE_ROWS, of.d()) : null,
            0);
    Parameters parameters = Parameters.of(of);
    SortedMap<String, float[]> tensors = new TreeMap<>();
    for (int k = 0; k < of.layers(); k++) {
      Parameters.Layer layer = parameters.layers().get(k);
      tensors.put("rnn.weight_ih_l" + k, layer.weightIh());
      tensors.put("rnn.weight_hh_l" + k, layer.weightHh());
      tensors.put("rnn.bias_ih_l" + k, layer.biasIh());
      tensors.put("rnn.bias_hh_l" + k, layer.biasHh());
    }
    tensors.put("output.weight", parameters.output());
    tensors.put("output.bias", parameters.outputBias());
    if (text) {
      tensors.put("embedding.weight", parameters.table());
    }
    return new ModelSnapshot(NAME, 0, -1, 0, config, tensors);
  }

  private static Window window(Case of, int row) {
    boolean text = of.name().equals(Case.TRAIN_TEXT);
    List<Event> events = new ArrayList<>();
    for (int t = 0; t < of.length(); t++) {
      String word = text ? Parameters.words(of, t)[row] : null;
      float[] features = new float[of.d()];
      System.arraycopy(Parameters.x(of, t), row * of.d(), features, 0, of.d());
      int label = Parameters.labels(of, t)[row];
      events.add(new Event("s" + row, word, text ? null : features, label, 0, false));
    }
    return new Window("s" + row, events, false);
  }

  @Override
  public float[] outputs() {
    float[] losses = new float[Parameters.COMPARED];
    for (int i = 0; i < losses.length; i++) {
      run();
      losses[i] = (float) loss;
    }
    return losses;
  }

  @Override
  public void run() {
    OnlineTrainer.Outcome outcome = trainer.train(windows, states);
    loss = outcome.loss() / outcome.scored();
  }

  /** Those of the trainer have its model's name in theirs. */
  @Override
  public List<Thread> threads() {
    List<Thread> threads = new ArrayList<>(List.of(Thread.currentThread()));
    Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("eddy-training-" + NAME))
        .forEach(threads::add);
    return threads;
  }

  @Override
  public void close() {
    trainer.close();
  }
}
