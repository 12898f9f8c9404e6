package dev.eddy.operators.tensor;

/**
 * The numbers of one optimizer step; {@code step} counts from 1.
 *
 * <p>With bias corrections as in Kingma and Ba 2015, and epsilon where PyTorch has it: {@code w -=
 * lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)}. The powers are those of {@link
 * StrictMath}, which have the same bits on every JVM.
 */
public record AdamStep(double learningRate, double beta1, double beta2, double epsilon, long step) {
  public AdamStep {
    if (step < 1) {
      throw new IllegalArgumentException("adam: step is " + step + "; steps count from 1");
    }
  }

  /** Factor of m: the learning rate over the bias correction of the first moment. */
  float rate() {
    return (float) (learningRate / (1 - StrictMath.pow(beta1, (double) step)));
  }

  /** Factor of sqrt(v): one over the root of the bias correction of the second moment. */
  float correction() {
    return (float) (1 / Math.sqrt(1 - StrictMath.pow(beta2, (double) step)));
  }
}
