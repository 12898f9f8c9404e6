package dev.eddy.bench;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.io.Serializable;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A job that is measured: an LSTM over a keyed stream.
 *
 * @param h units of a layer
 * @param keys sequences
 * @param backend of the state, by Flink's name
 * @param checkpoints whether one is taken each second
 */
record StreamCase(int h, int layers, int keys, String backend, boolean checkpoints)
    implements Serializable {
  static final int INPUTS = 32;
  static final int LABELS = 16;

  /** The most events of a bundle, as the job has it by default. */
  static final int BATCH = 64;

  /** The case that all others differ from in one thing. */
  static final StreamCase USUAL = new StreamCase(128, 1, 10_000, "hashmap", false);

  StreamCase keys(int other) {
    return new StreamCase(h, layers, other, backend, checkpoints);
  }

  StreamCase network(int otherH, int otherLayers) {
    return new StreamCase(otherH, otherLayers, keys, backend, checkpoints);
  }

  StreamCase checkpointed(String otherBackend) {
    return new StreamCase(h, layers, keys, otherBackend, true);
  }

  /** The step of that many rows. */
  Case step(int rows) {
    return new Case(Case.STEP, "lstm", INPUTS, h, LABELS, rows, layers, 1, 1);
  }

  /** Floats of a sequence's state: h and c of each layer. */
  int stateFloats() {
    return 2 * layers * h;
  }

  /** The network that the step has, as the job reads it. */
  ModelSnapshot model() {
    Parameters parameters = Parameters.of(step(1));
    SortedMap<String, float[]> tensors = new TreeMap<>();
    for (int k = 0; k < layers; k++) {
      Parameters.Layer layer = parameters.layers().get(k);
      tensors.put("rnn.weight_ih_l" + k, layer.weightIh());
      tensors.put("rnn.weight_hh_l" + k, layer.weightHh());
      tensors.put("rnn.bias_ih_l" + k, layer.biasIh());
      tensors.put("rnn.bias_hh_l" + k, layer.biasHh());
    }
    tensors.put("output.weight", parameters.output());
    tensors.put("output.bias", parameters.outputBias());
    List<String> labels = IntStream.range(0, LABELS).mapToObj(Integer::toString).toList();
    var config = new ModelConfig("lstm", INPUTS, h, layers, false, "tagging", labels, null, 0);
    return new ModelSnapshot("default", 0, -1, 0, config, tensors);
  }
}
