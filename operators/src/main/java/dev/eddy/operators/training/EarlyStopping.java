package dev.eddy.operators.training;

import dev.eddy.operators.cell.Weights;
import java.util.Map;

/**
 * Stops learning when the loss on data that is not learned from has not fallen for some time, and
 * keeps the weights that were best.
 */
public final class EarlyStopping {
  private final Weights weights;
  private final int patience;
  private Map<String, float[]> best;
  private double least = Double.POSITIVE_INFINITY;
  private int waited;

  /**
   * Nothing seen yet.
   *
   * @param patience how many losses in a row may fail to be the least, at least 1
   */
  public EarlyStopping(Weights weights, int patience) {
    if (patience < 1) {
      throw new IllegalArgumentException("patience is " + patience + "; must be at least 1");
    }
    this.weights = weights;
    this.patience = patience;
  }

  /**
   * Takes the next loss, of the weights as they are; whether it is time to stop. NaN is no less.
   */
  public boolean stop(double loss) {
    if (loss < least) {
      least = loss;
      best = weights.copy();
      waited = 0;
    } else {
      waited++;
    }
    return waited >= patience;
  }

  /** The least loss so far, infinite before the first. */
  public double least() {
    return least;
  }

  /** Puts the weights of the least loss back, if there was one. */
  public void restore() {
    if (best != null) {
      weights.set(best);
    }
  }
}
