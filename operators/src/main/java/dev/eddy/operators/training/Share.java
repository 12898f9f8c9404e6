package dev.eddy.operators.training;

import dev.eddy.operators.cell.Network;
import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import java.util.List;
import java.util.function.LongSupplier;

/** One thread's share of each mini-batch: some of its windows, and the gradients they give. */
final class Share implements AutoCloseable {
  private final Kernel kernel;
  private final Network network;
  private final Tape tape;
  private final Scope scope;
  private final LongSupplier seeds;
  private Generator own;
  private MiniBatch batch;

  /** The share that adds to the gradients of the network itself. */
  Share(Kernel kernel, Network network, LongSupplier seeds) {
    this.kernel = kernel;
    this.network = network;
    this.tape = new Tape(kernel);
    this.scope = null;
    this.seeds = seeds;
  }

  private Share(Kernel kernel, Network network, int rows) {
    this.kernel = kernel;
    this.scope = kernel.open();
    this.network = network.twin(scope, rows);
    this.tape = new Tape(kernel);
    this.seeds = () -> own.nextLong();
  }

  /** A share with gradients of its own, of at most so many events. */
  static Share twin(Kernel kernel, Network network, int rows) {
    return new Share(kernel, network, rows);
  }

  Network network() {
    return network;
  }

  /** Where the seeds of its dropout begin. */
  void seed(long seed) {
    own = new Generator(seed);
  }

  /**
   * Runs forward without dropout.
   *
   * @param lanes longest first
   * @param before the state that each window of the mini-batch begins with, null for the zero state
   * @param after set to the state that each window of this share ends with
   */
  void predict(List<OnlineTrainer.Lane> lanes, List<float[]> before, List<float[]> after) {
    int[] lengths = lanes.stream().mapToInt(lane -> lane.events().size()).toArray();
    if (batch == null || !batch.fits(lengths)) {
      batch = new MiniBatch(tape, network, lengths, seeds);
    }
    for (int i = 0; i < lengths.length; i++) {
      OnlineTrainer.Lane lane = lanes.get(i);
      batch.fill(i, lane.events(), before.get(lane.window()));
      if (network.classifies()) {
        batch.label(i, lane.label());
      }
    }
    tape.learning(false);
    batch.forward();
    for (int i = 0; i < lengths.length; i++) {
      after.set(lanes.get(i).window(), batch.stateAfter(i));
    }
  }

  /**
   * Takes the gradients of what was predicted.
   *
   * @param dropout whether to run forward once more with it
   * @param scored of the whole mini-batch
   */
  void learn(boolean dropout, int scored) {
    if (dropout) {
      tape.learning(true);
      batch.forward();
    }
    network.zeroGradients(kernel);
    batch.backward(scored);
  }

  int scored() {
    return batch.scored();
  }

  int correct() {
    return batch.correct();
  }

  double loss() {
    return batch.loss();
  }

  @Override
  public void close() {
    tape.close();
    if (scope != null) {
      scope.close();
    }
  }
}
