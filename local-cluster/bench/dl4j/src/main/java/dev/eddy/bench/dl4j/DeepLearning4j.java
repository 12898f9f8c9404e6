package dev.eddy.bench.dl4j;

import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import dev.eddy.bench.Parameters;
import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.nd4j.linalg.lossfunctions.impl.LossMSE;

/**
 * DL4J's network of LSTM layers and an output layer: {@code rnnTimeStep} for a step, {@code fit}
 * for a mini-batch. It has one bias per gate where PyTorch has two that learn alike: it begins with
 * their sum and learns at twice the rate. It clips the gradient of each layer, not of all at once.
 */
final class DeepLearning4j implements Contestant {
  private static final double LEARNING_RATE = 1e-3;

  /** Where PyTorch's blocks i, f, g, o stand in DL4J's weights, which has them g, f, o, i. */
  private static final int[] PLACES = {3, 1, 0, 2};

  DeepLearning4j() {}

  @Override
  public String version() throws IOException {
    return Loader.getVersion("org.deeplearning4j", "deeplearning4j-nn");
  }

  @Override
  public Run prepare(Case of) {
    // a collection of the heap every few seconds is nothing that a step needs
    Nd4j.getMemoryManager().togglePeriodicGc(false);
    if (!of.lstm()) {
      throw new UnsupportedOperationException("dl4j has no " + of.cell());
    }
    return switch (of.name()) {
      case Case.STEP -> new Step(of);
      case Case.TRAIN -> new Training(of);
      default -> throw new UnsupportedOperationException("dl4j has no " + of.name());
    };
  }

  /** The network with the weights of the case. */
  private static MultiLayerNetwork network(Case of, ILossFunction loss, Activation activation) {
    var layers =
        new NeuralNetConfiguration.Builder()
            .dataType(DataType.FLOAT)
            .updater(new Adam(LEARNING_RATE))
            .gradientNormalization(GradientNormalization.ClipL2PerLayer)
            .gradientNormalizationThreshold(1)
            .list();
    for (int k = 0; k < of.layers(); k++) {
      layers.layer(
          new LSTM.Builder()
              .nIn(of.inputs(k))
              .nOut(of.h())
              .activation(Activation.TANH)
              .gateActivationFunction(Activation.SIGMOID)
              .biasUpdater(new Adam(2 * LEARNING_RATE))
              .build());
    }
    layers.layer(
        new RnnOutputLayer.Builder(loss)
            .activation(activation)
            .nIn(of.h())
            .nOut(of.labels())
            .build());
    MultiLayerNetwork network = new MultiLayerNetwork(layers.build());
    network.init();
    Parameters parameters = Parameters.of(of);
    for (int k = 0; k < of.layers(); k++) {
      Parameters.Layer layer = parameters.layers().get(k);
      float[] bias = layer.biasIh().clone();
      for (int i = 0; i < bias.length; i++) {
        bias[i] += layer.biasHh()[i];
      }
      set(network, k + "_W", gates(of, layer.weightIh()));
      set(network, k + "_RW", gates(of, layer.weightHh()));
      set(network, k + "_b", gates(of, bias));
    }
    INDArray output = Nd4j.createFromArray(parameters.output()).reshape(of.labels(), of.h());
    set(network, of.layers() + "_W", output.transpose());
    set(network, of.layers() + "_b", Nd4j.createFromArray(parameters.outputBias()).reshape(1, -1));
    return network;
  }

  private static void set(MultiLayerNetwork network, String name, INDArray values) {
    network.getParam(name).assign(values);
  }

  /**
   * Weights as DL4J has them, {@code [columns, 4 h]}.
   *
   * @param weights {@code [4 h, columns]}
   */
  private static INDArray gates(Case of, float[] weights) {
    int columns = weights.length / (4 * of.h());
    float[] placed = new float[weights.length];
    for (int row = 0; row < 4 * of.h(); row++) {
      int place = PLACES[row / of.h()] * of.h() + row % of.h();
      System.arraycopy(weights, row * columns, placed, place * columns, columns);
    }
    return Nd4j.createFromArray(placed).reshape(4L * of.h(), columns).transpose();
  }

  private static final class Step implements Run {
    private final Case of;
    private final MultiLayerNetwork network;
    private INDArray x;
    private INDArray logits;

    Step(Case of) {
      this.of = of;
      this.network = network(of, new LossMSE(), Activation.IDENTITY);
    }

    @Override
    public float[] outputs() {
      float[] outputs = new float[Parameters.COMPARED * of.batch() * of.labels()];
      for (int t = 0; t < Parameters.COMPARED; t++) {
        x = Nd4j.createFromArray(Parameters.x(of, t)).reshape(of.batch(), of.d());
        run();
        float[][] rows = logits.toFloatMatrix();
        for (int row = 0; row < of.batch(); row++) {
          System.arraycopy(
              rows[row], 0, outputs, (t * of.batch() + row) * of.labels(), of.labels());
        }
      }
      return outputs;
    }

    @Override
    public void run() {
      logits = network.rnnTimeStep(x);
    }

    @Override
    public void close() {
      network.close();
    }
  }

  private static final class Training implements Run {
    private final MultiLayerNetwork network;
    private final INDArray x;
    private final INDArray labels;

    Training(Case of) {
      // the loss is summed over the timesteps, and shall be their mean
      INDArray share = Nd4j.valueArrayOf(new long[] {1, of.labels()}, 1f / of.length());
      this.network = network(of, new LossMCXENT(share), Activation.SOFTMAX);
      this.x = Nd4j.create(DataType.FLOAT, of.batch(), of.d(), of.length());
      this.labels = Nd4j.create(DataType.FLOAT, of.batch(), of.labels(), of.length());
      for (int t = 0; t < of.length(); t++) {
        float[] xs = Parameters.x(of, t);
        int[] ys = Parameters.labels(of, t);
        for (int row = 0; row < of.batch(); row++) {
          labels.putScalar(new int[] {row, ys[row], t}, 1);
          for (int i = 0; i < of.d(); i++) {
            x.putScalar(new int[] {row, i, t}, xs[row * of.d() + i]);
          }
        }
      }
    }

    @Override
    public float[] outputs() {
      float[] losses = new float[Parameters.COMPARED];
      for (int i = 0; i < losses.length; i++) {
        run();
        losses[i] = (float) network.score();
      }
      return losses;
    }

    @Override
    public void run() {
      network.fit(x, labels);
    }

    @Override
    public void close() {
      network.close();
    }
  }
}
