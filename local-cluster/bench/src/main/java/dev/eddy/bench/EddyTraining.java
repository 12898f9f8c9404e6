package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.training.Learning;
import dev.eddy.operators.training.OnlineTrainer;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Mini-batches as the training job learns them: predicted, scored, learned from. Of numbers it is
 * one, again and again, as its peers have it; of tokens many different ones in turn, made before
 * anything is timed.
 */
final class EddyTraining implements Contestant.Run {
  /** With 16 windows of 16 tokens they have words for nearly all rows of the table. */
  private static final int OF_TOKENS = 256;

  private static final float LEARNING_RATE = 1e-3f;

  private static final String NAME = "bench";

  private final OnlineTrainer trainer;
  private final List<List<Window>> batches;
  private final List<float[]> states;
  private int next;
  private double loss;

  EddyTraining(Kernel kernel, Case of) {
    this.states = Collections.nCopies(of.batch(), null);
    var options =
        new OnlineTrainer.Options(
            of.length(), of.batch(), Learning.adam(LEARNING_RATE, 1), 1, of.eddyThreads());
    this.trainer = new OnlineTrainer(kernel, model(of), options);
    this.batches = batches(of);
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

  /** What is learned, in the order of its timesteps: those of the first are the first. */
  static List<List<Window>> batches(Case of) {
    int count = of.name().equals(Case.TRAIN_TEXT) ? OF_TOKENS : 1;
    return IntStream.range(0, count).mapToObj(i -> batch(of, i * of.length())).toList();
  }

  private static List<Window> batch(Case of, int first) {
    boolean text = of.name().equals(Case.TRAIN_TEXT);
    List<List<Event>> rows = new ArrayList<>();
    for (int row = 0; row < of.batch(); row++) {
      rows.add(new ArrayList<>());
    }
    for (int t = first; t < first + of.length(); t++) {
      String[] words = text ? Parameters.words(of, t) : null;
      float[] x = text ? null : Parameters.x(of, t);
      int[] labels = Parameters.labels(of, t);
      for (int row = 0; row < of.batch(); row++) {
        String word = text ? words[row] : null;
        float[] features = text ? null : Arrays.copyOfRange(x, row * of.d(), (row + 1) * of.d());
        rows.get(row).add(new Event("s" + row, word, features, labels[row], 0, false));
      }
    }
    return rows.stream().map(row -> new Window(row.get(0).sequence(), row, false)).toList();
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
    OnlineTrainer.Outcome outcome = trainer.train(batches.get(next), states);
    next = (next + 1) % batches.size();
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
