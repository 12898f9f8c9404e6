package dev.eddy.operators.training;

import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.AdamStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.List;
import java.util.SortedMap;
import java.util.function.IntConsumer;

/**
 * Adam (Kingma and Ba 2015), with the weight decay of Loshchilov and Hutter 2019 if wanted: {@code
 * w = w - rate * decay * w}, apart from the gradient and before the step. As with {@link L2} only
 * weight matrices decay, not biases, gains, shifts and slopes: what PyTorch does with two parameter
 * groups, where one group would decay all. In an embedding table only the touched rows and their
 * moments move, with the step count of the whole (PyTorch's SparseAdam), and nothing decays.
 */
public final class Adam implements Optimizer {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final Kernel kernel;
  private final List<Parameter> parameters;
  private final List<EmbeddingTable> tables;
  private final double decay;
  private final Moments first;
  private final Moments second;
  private long steps;

  private Adam(
      Kernel kernel,
      Scope scope,
      List<Parameter> parameters,
      List<EmbeddingTable> tables,
      double decay) {
    this.kernel = kernel;
    this.parameters = parameters;
    this.tables = tables;
    this.decay = decay;
    this.first = new Moments(scope, parameters, tables);
    this.second = new Moments(scope, parameters, tables);
  }

  /** Without weight decay: beta 0.9 and 0.999, epsilon 1e-8. */
  public static Choice standard() {
    return decoupled(0);
  }

  /** AdamW: the same with a decay, of at least 0, of weight matrices. */
  public static Choice decoupled(double decay) {
    if (!(decay >= 0)) {
      throw new IllegalArgumentException("adam: decay is " + decay + "; must be at least 0");
    }
    return (kernel, scope, parameters, tables) ->
        new Adam(kernel, scope, parameters, tables, decay);
  }

  @Override
  public IntConsumer step(double learningRate, int parts) {
    AdamStep step = new AdamStep(learningRate, BETA1, BETA2, EPSILON, ++steps);
    return part -> {
      for (int i = 0; i < parameters.size(); i++) {
        Node node = parameters.get(i).node();
        Tensor value = node.value().share(part, parts);
        if (decay > 0 && parameters.get(i).matrix()) {
          kernel.scale((float) (1 - learningRate * decay), value);
        }
        kernel.adam(
            value,
            node.gradient().share(part, parts),
            first.ofParameter(i).share(part, parts),
            second.ofParameter(i).share(part, parts),
            step);
      }
      for (int i = 0; i < tables.size(); i++) {
        EmbeddingTable table = tables.get(i);
        kernel.adamRows(
            table.value(),
            table.touched(),
            (int) ((long) table.count() * part / parts),
            (int) ((long) table.count() * (part + 1) / parts),
            table.gradient(),
            first.ofTable(i),
            second.ofTable(i),
            step);
      }
    };
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public SortedMap<String, float[]> firstMoments() {
    return first.copy();
  }

  @Override
  public SortedMap<String, float[]> secondMoments() {
    return second.copy();
  }

  @Override
  public void restore(
      SortedMap<String, float[]> firstCopy,
      SortedMap<String, float[]> secondCopy,
      long stepsSoFar) {
    first.restore(firstCopy);
    second.restore(secondCopy);
    steps = stepsSoFar;
  }
}
