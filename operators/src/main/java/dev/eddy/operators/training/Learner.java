package dev.eddy.operators.training;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;

/**
 * Learns weights from the losses of recorded graphs, a mini-batch at a time: forward, backward from
 * the mean of the losses (or their sum), penalty, clipping, one step of the optimizer.
 *
 * <p>The mean is over all rows of the losses. A row without a label has loss 0 and still counts as
 * one, other than in PyTorch's mean with ignore_index, or in the jobs, which divide by the labelled
 * rows: for those, {@link #sum} and divide the learning rate.
 *
 * <pre>
 * Learner learner = new Learner(weights, Adam.standard()).clipNorm(1);
 * for (...) {
 *   x.value().set(...);
 *   double loss = learner.step(tape, losses, 0.01);
 * }
 * </pre>
 */
public final class Learner {
  private final Weights weights;
  private final Kernel kernel;
  private final Optimizer.Choice choice;
  private Optimizer optimizer;
  private int learned;
  private boolean summed;
  private double lambda;
  private double normLimit = Double.POSITIVE_INFINITY;
  private double valueLimit = Double.POSITIVE_INFINITY;

  public Learner(Weights weights, Optimizer.Choice choice) {
    this.weights = weights;
    this.kernel = weights.kernel();
    this.choice = choice;
  }

  /** Clips gradients to this global norm; those of embedding tables stay out of it. */
  public Learner clipNorm(double limit) {
    Learning.require(limit > 0, "clip norm", limit, "must be positive");
    normLimit = limit;
    return this;
  }

  /**
   * Clips each element of the gradients to within plus and minus this limit, before the norm; those
   * of embedding tables stay as they are.
   */
  public Learner clipValue(double limit) {
    Learning.require(limit > 0, "clip value", limit, "must be positive");
    valueLimit = limit;
    return this;
  }

  /** Sums the gradients of the losses, of all rows and timesteps, instead of averaging them. */
  public Learner sum() {
    summed = true;
    return this;
  }

  /** Adds the penalty of {@link L2} on weight matrices; embedding tables are none. */
  public Learner l2(double factor) {
    Learning.require(factor >= 0, "l2", factor, "must be at least 0");
    lambda = factor;
    return this;
  }

  /**
   * One mini-batch: inputs and labels are set.
   *
   * @param losses {@code [n, 1]} on the tape
   * @return the mean loss before the step, without the penalty
   */
  public double step(Tape tape, Node losses, double learningRate) {
    double loss = gradients(tape, losses);
    if (optimizer == null) {
      learned = weights.parameters().size() + weights.tables().size();
      optimizer = choice.of(kernel, weights.scope(), weights.parameters(), weights.tables());
    }
    int found = weights.parameters().size() + weights.tables().size();
    if (found != learned) {
      throw new IllegalStateException(
          "learner: " + found + " weights, " + learned + " at the first step; make all before it");
    }
    optimizer.step(learningRate);
    return loss;
  }

  /** The mean loss of a mini-batch, with the gradients that a step would use. */
  public double gradients(Tape tape, Node losses) {
    double loss = loss(tape, losses);
    weights.zeroGradients();
    tape.zeroGradients();
    kernel.fill(losses.gradient(), summed ? 1 : 1f / losses.rows());
    tape.backward();
    if (lambda > 0) {
      L2.add(kernel, weights.parameters(), lambda);
    }
    if (valueLimit < Double.POSITIVE_INFINITY) {
      Clipping.clamp(kernel, weights.parameters(), valueLimit);
    }
    if (normLimit < Double.POSITIVE_INFINITY) {
      Clipping.clip(kernel, weights.parameters(), normLimit);
    }
    return loss;
  }

  /** The mean loss of a mini-batch: runs forward only. */
  public static double loss(Tape tape, Node losses) {
    Rule.shape("learner", "losses", losses, losses.rows(), 1);
    tape.forward();
    double sum = 0;
    for (float loss : losses.value().get()) {
      sum += loss;
    }
    return sum / losses.rows();
  }
}
