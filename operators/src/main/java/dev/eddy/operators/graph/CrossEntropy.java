package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;

/**
 * The cross entropy of each row's softmax against its label, by LogSumExp: loss = log Σ exp(z) -
 * z[label], dz = dloss (softmax(z) - onehot(label)). A row with a negative label has loss 0 and
 * passes no gradient.
 */
public final class CrossEntropy implements Operation {
  private final Node logits;
  private final int[] labels;
  private final Tensor probabilities;
  private final Node losses;

  private CrossEntropy(Tape tape, Node logits, int[] labels) {
    Rule.present("cross entropy", "logits", logits);
    Rule.length("cross entropy", "labels", labels, logits.rows());
    this.logits = logits;
    this.labels = labels;
    this.probabilities = tape.scope().allocate(logits.rows(), logits.columns());
    this.losses = tape.node(logits.rows(), 1);
  }

  /**
   * Records the loss.
   *
   * @param logits {@code [n, classes]}
   * @param labels {@code [n]}, read at every run
   * @return losses {@code [n, 1]}, nats
   */
  public static Node of(Tape tape, Node logits, int[] labels) {
    return tape.record(new CrossEntropy(tape, logits, labels)).losses;
  }

  @Override
  public void forward(Kernel kernel) {
    kernel.crossEntropy(logits.value(), labels, probabilities, losses.value());
  }

  @Override
  public void backward(Kernel kernel) {
    if (!logits.constant()) {
      kernel.crossEntropyGradient(probabilities, labels, losses.gradient(), logits.gradient());
    }
  }
}
