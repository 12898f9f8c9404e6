package dev.eddy.bench.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Platform;
import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import dev.eddy.bench.Parameters;
import java.nio.FloatBuffer;

/**
 * DJL on PyTorch: its fused LSTM or GRU, then a linear layer; for learning also its cross entropy,
 * its Adam, and clipping written with its arrays, since it only clips each element. All arrays of a
 * run are freed at its end.
 */
final class DeepJavaLibrary implements Contestant {
  private static final float LEARNING_RATE = 1e-3f;

  DeepJavaLibrary() {}

  @Override
  public String version() {
    return Engine.getDjlVersion() + ", PyTorch " + Platform.detectPlatform("pytorch").getVersion();
  }

  @Override
  public Run prepare(Case of) {
    System.setProperty("ai.djl.pytorch.num_threads", "" + of.threads());
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    return switch (of.name()) {
      case Case.STEP -> new Step(of);
      case Case.TRAIN -> new Training(of);
      default -> throw new UnsupportedOperationException("djl has no " + of.name());
    };
  }

  /** The arrays of a network: of each layer W_ih, W_hh, b_ih, b_hh; then those of the output. */
  private abstract static class Network implements Run {
    final Case of;
    final NDManager manager = NDManager.newBaseManager();
    final NDList recurrent = new NDList();
    final NDArray weight;
    final NDArray bias;

    Network(Case of) {
      this.of = of;
      Parameters parameters = Parameters.of(of);
      int rows = of.blocks() * of.h();
      for (int k = 0; k < of.layers(); k++) {
        Parameters.Layer layer = parameters.layers().get(k);
        recurrent.add(manager.create(layer.weightIh(), new Shape(rows, of.inputs(k))));
        recurrent.add(manager.create(layer.weightHh(), new Shape(rows, of.h())));
        recurrent.add(manager.create(layer.biasIh(), new Shape(rows)));
        recurrent.add(manager.create(layer.biasHh(), new Shape(rows)));
      }
      weight = manager.create(parameters.output(), new Shape(of.labels(), of.h()));
      bias = manager.create(parameters.outputBias(), new Shape(of.labels()));
    }

    final NDArray zeros() {
      return manager.zeros(new Shape(of.layers(), of.batch(), of.h()));
    }

    /** Every h of the last layer, then the last h, and the last c if any. */
    final NDList layers(NDArray x, NDList state, boolean training) {
      var internal = x.getNDArrayInternal();
      return of.lstm()
          ? internal.lstm(x, state, recurrent, true, of.layers(), 0, training, false, false)
          : internal.gru(x, state.head(), recurrent, true, of.layers(), 0, training, false, false);
    }

    final NDArray logits(NDArray h) {
      return Linear.linear(h, weight, bias).singletonOrThrow();
    }

    @Override
    public void close() {
      manager.close();
    }
  }

  private static final class Step extends Network {
    private NDArray x;
    private NDArray h = zeros();
    private NDArray c = zeros();
    private float[] logits;

    Step(Case of) {
      super(of);
    }

    @Override
    public float[] outputs() {
      FloatBuffer outputs = FloatBuffer.allocate(Parameters.COMPARED * of.batch() * of.labels());
      for (int t = 0; t < Parameters.COMPARED; t++) {
        x = manager.create(Parameters.x(of, t), new Shape(1, of.batch(), of.d()));
        run();
        outputs.put(logits);
      }
      return outputs.array();
    }

    @Override
    public void run() {
      try (NDManager step = manager.newSubManager()) {
        x.attach(step);
        NDList after = layers(x, of.lstm() ? new NDList(h, c) : new NDList(h), false);
        logits = logits(after.get(0)).toFloatArray();
        h = replace(h, after.get(1));
        c = of.lstm() ? replace(c, after.get(2)) : c;
        x.attach(manager);
      }
    }

    private NDArray replace(NDArray old, NDArray by) {
      by.attach(manager);
      old.close();
      return by;
    }
  }

  private static final class Training extends Network {
    private final NDList learned;
    private final Optimizer adam =
        Optimizer.adam().optLearningRateTracker(Tracker.fixed(LEARNING_RATE)).build();
    private final Loss crossEntropy = Loss.softmaxCrossEntropyLoss();
    private final NDArray x;
    private final NDArray labels;
    private final NDArray h = zeros();
    private final NDArray c = zeros();
    private float loss;

    Training(Case of) {
      super(of);
      learned = new NDList(recurrent).addAll(new NDList(weight, bias));
      learned.forEach(array -> array.setRequiresGradient(true));
      FloatBuffer xs = FloatBuffer.allocate(of.length() * of.batch() * of.d());
      FloatBuffer ys = FloatBuffer.allocate(of.length() * of.batch());
      for (int t = 0; t < of.length(); t++) {
        xs.put(Parameters.x(of, t));
        for (int label : Parameters.labels(of, t)) {
          ys.put(label);
        }
      }
      x = manager.create(xs.array(), new Shape(of.length(), of.batch(), of.d()));
      labels = manager.create(ys.array(), new Shape((long) of.length() * of.batch()));
    }

    @Override
    public float[] outputs() {
      float[] losses = new float[Parameters.COMPARED];
      for (int i = 0; i < losses.length; i++) {
        run();
        losses[i] = loss;
      }
      return losses;
    }

    @Override
    public void run() {
      try (NDManager step = manager.newSubManager()) {
        x.attach(step);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
          NDList states = of.lstm() ? new NDList(h, c) : new NDList(h);
          NDArray all = layers(x, states, true).get(0).reshape(-1, of.h());
          NDArray mean = crossEntropy.evaluate(new NDList(labels), new NDList(logits(all)));
          collector.backward(mean);
          loss = mean.getFloat();
        }
        // they would be the base manager's, and stay until it is closed
        NDList gradients = new NDList();
        learned.forEach(array -> gradients.add(array.getGradient()));
        gradients.attach(step);
        NDList norms = new NDList();
        gradients.forEach(gradient -> norms.add(gradient.norm()));
        float factor = 1 / (NDArrays.stack(norms).norm().getFloat() + 1e-6f);
        for (int i = 0; i < learned.size(); i++) {
          if (factor < 1) {
            gradients.get(i).muli(factor);
          }
          adam.update("" + i, learned.get(i), gradients.get(i)); // which clears the gradient, too
        }
        x.attach(manager);
      }
    }
  }
}
