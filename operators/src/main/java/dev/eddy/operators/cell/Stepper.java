package dev.eddy.operators.cell;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelSnapshot;

/**
 * A network that only runs forward: one row per sequence, one {@link #step} per timestep. The
 * caller loads a state into a row, sets the inputs, steps, reads the scores and stores the state.
 */
public final class Stepper implements AutoCloseable {
  /** Warms the kernel up, so that the first event is not late. */
  public Stepper(Kernel kernel, ModelSnapshot model, int maxBatch) {
    throw new UnsupportedOperationException("seam");
  }

  /** Floats of one sequence's state. */
  public int stateSize() {
    throw new UnsupportedOperationException("seam");
  }

  /** Puts a state {@code [stateSize]} into a row; null is the zero state. */
  public void load(int row, float[] state) {
    throw new UnsupportedOperationException("seam");
  }

  /** Gets the state of a row. */
  public void store(int row, float[] state) {
    throw new UnsupportedOperationException("seam");
  }

  /** Sets the input of a row for the next step. */
  public void input(int row, Event event) {
    throw new UnsupportedOperationException("seam");
  }

  /** One timestep of rows {@code [0, rows)}. */
  public void step(int rows) {
    throw new UnsupportedOperationException("seam");
  }

  /** The most probable label of a row after the last step. */
  public int label(int row) {
    throw new UnsupportedOperationException("seam");
  }

  /** Softmax probabilities {@code [labels]} of a row after the last step. */
  public void scores(int row, float[] scores) {
    throw new UnsupportedOperationException("seam");
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException("seam");
  }
}
