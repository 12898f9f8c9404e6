package dev.eddy.operators.training;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.TrainingState;
import dev.eddy.serialization.Window;
import java.util.List;

/** Learns from mini-batches of windows by truncated back-propagation through time. */
public final class OnlineTrainer implements AutoCloseable {
  /**
   * What a user chooses.
   *
   * @param window most events of a window, T
   * @param batch most windows of a mini-batch, B
   * @param clipNorm greatest global norm of the gradient
   */
  public record Options(int window, int batch, float learningRate, float clipNorm, long seed) {}

  /** What one mini-batch gave: losses are sums over the scored events, states in window order. */
  public record Outcome(
      int scored, int correct, double loss, double gradientNorm, List<float[]> states) {}

  public OnlineTrainer(Kernel kernel, ModelSnapshot start, Options options) {
    throw new UnsupportedOperationException("seam");
  }

  /** Goes on from a checkpoint. */
  public OnlineTrainer(Kernel kernel, TrainingState state, Options options) {
    throw new UnsupportedOperationException("seam");
  }

  /**
   * Predicts, scores, then learns. Bare {@code end} events step nothing.
   *
   * @param windows at most one per sequence
   * @param states the state that each sequence carries in, null for the zero state
   */
  public Outcome train(List<Window> windows, List<float[]> states) {
    throw new UnsupportedOperationException("seam");
  }

  /** A copy of the weights as they are now, under the given version. */
  public ModelSnapshot snapshot(long version) {
    throw new UnsupportedOperationException("seam");
  }

  /** A copy of all that learning needs to go on to the bit. */
  public TrainingState state() {
    throw new UnsupportedOperationException("seam");
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("seam");
  }
}
