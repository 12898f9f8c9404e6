package dev.eddy.operators.training;

import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.TrainingState;
import java.io.Serializable;
import java.util.List;

/**
 * What a user chooses about a step: of the gradient of a mini-batch and the penalty {@link L2} each
 * element is clipped, then the norm of all, then the optimizer moves the weights. Clipping and
 * penalty leave embedding tables out.
 *
 * @param momentum of SGD, in [0, 1)
 * @param weightDecay of AdamW, at least 0
 * @param rate the learning rate of each step
 * @param l2 factor of the penalty on weight matrices, 0 for none
 * @param clipNorm greatest global norm of the gradient
 * @param clipValue greatest absolute value of its elements, infinite for any
 */
public record Learning(
    Algorithm algorithm,
    float momentum,
    float weightDecay,
    LearningRate rate,
    float l2,
    float clipNorm,
    float clipValue)
    implements Serializable {
  /** The optimizers by name. */
  public enum Algorithm {
    ADAM,
    ADAMW,
    SGD
  }

  public Learning {
    require(l2 >= 0, "l2", l2, "must be at least 0");
    require(clipNorm > 0, "clip norm", clipNorm, "must be positive");
    require(clipValue > 0, "clip value", clipValue, "must be positive");
  }

  /** Adam at a constant rate, clipped by the norm. */
  public static Learning adam(float rate, float clipNorm) {
    return new Learning(
        Algorithm.ADAM, 0, 0, LearningRate.constant(rate), 0, clipNorm, Float.POSITIVE_INFINITY);
  }

  Optimizer.Choice optimizer() {
    return switch (algorithm) {
      case ADAM -> Adam.standard();
      case ADAMW -> Adam.decoupled(weightDecay);
      case SGD -> Sgd.momentum(momentum);
    };
  }

  /** Adds the penalty to the gradients and clips them; returns their norm before clipping. */
  double prepare(Kernel kernel, List<Parameter> parameters) {
    if (l2 > 0) {
      L2.add(kernel, parameters, l2);
    }
    if (clipValue == Float.POSITIVE_INFINITY) {
      return Clipping.clip(kernel, parameters, clipNorm);
    }
    double norm = Clipping.norm(kernel, parameters);
    Clipping.clamp(kernel, parameters, clipValue);
    Clipping.clip(kernel, parameters, clipNorm);
    return norm;
  }

  /** Whether its optimizer can go on from that state: of all, only SGD has no second moments. */
  public boolean goesOnFrom(TrainingState state) {
    return (algorithm == Algorithm.SGD) == state.secondMoments().isEmpty();
  }

  static void require(boolean holds, String what, Number value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(what + " is " + value + "; " + rule);
    }
  }
}
