package dev.eddy.operators.training;

import java.io.Serializable;

/**
 * The learning rate of each step: it rises in a straight line over the warm-up, then stays, or
 * falls to 0 at the last step, in a straight line or along half a cosine (Loshchilov and Hutter
 * 2017).
 *
 * @param peak the rate at the end of the warm-up
 * @param warmUp steps until the peak is reached; 0 for none
 * @param last the step at which the rate is 0; not used where it stays
 */
public record LearningRate(double peak, long warmUp, long last, Decay decay)
    implements Serializable {
  /** What follows the warm-up. */
  public enum Decay {
    NONE,
    LINEAR,
    COSINE
  }

  public LearningRate {
    if (!(peak > 0) || Double.isInfinite(peak)) {
      throw new IllegalArgumentException("learning rate is " + peak + "; must be positive");
    }
    if (warmUp < 0 || (decay != Decay.NONE && last <= warmUp)) {
      throw new IllegalArgumentException(
          "learning rate: warm-up of "
              + warmUp
              + " steps, the last is "
              + last
              + "; the warm-up must not be negative, and end before the last step");
    }
  }

  /** The same rate for every step. */
  public static LearningRate constant(double rate) {
    return new LearningRate(rate, 0, 0, Decay.NONE);
  }

  /** The rate of a step; steps count from 1. */
  public double at(long step) {
    if (step < 1) {
      throw new IllegalArgumentException("learning rate: step is " + step + "; must be at least 1");
    }
    if (step <= warmUp) {
      return peak * step / warmUp;
    }
    double progress = Math.min(1, (double) (step - warmUp) / (last - warmUp));
    return switch (decay) {
      case NONE -> peak;
      case LINEAR -> peak * (1 - progress);
      case COSINE -> peak * (1 + StrictMath.cos(Math.PI * progress)) / 2;
    };
  }
}
