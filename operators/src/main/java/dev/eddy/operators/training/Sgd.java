package dev.eddy.operators.training;

import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * Stochastic gradient descent: {@code w = w - rate * v} with {@code v = momentum * v + gradient}
 * (Polyak 1964, as PyTorch has it). Without momentum v is the gradient.
 *
 * <p>In an embedding table momentum is lazy: only the rows that a step touches move, and only their
 * velocities shrink. A row that is not touched rests, and goes on with the velocity that it had;
 * PyTorch, whose SGD takes a table as dense, would move it on at each step.
 */
public final class Sgd implements Optimizer {
  private final Kernel kernel;
  private final List<Parameter> parameters;
  private final List<EmbeddingTable> tables;
  private final float momentum;
  private final Moments velocities;
  private long steps;

  private Sgd(
      Kernel kernel,
      Scope scope,
      List<Parameter> parameters,
      List<EmbeddingTable> tables,
      double momentum) {
    this.kernel = kernel;
    this.parameters = parameters;
    this.tables = tables;
    this.momentum = (float) momentum;
    this.velocities = new Moments(scope, parameters, tables);
  }

  /** Without momentum. */
  public static Choice plain() {
    return momentum(0);
  }

  /** With momentum in [0, 1). */
  public static Choice momentum(double momentum) {
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException("sgd: momentum is " + momentum + "; must be in [0, 1)");
    }
    return (kernel, scope, parameters, tables) ->
        new Sgd(kernel, scope, parameters, tables, momentum);
  }

  @Override
  public IntConsumer step(double learningRate, int parts) {
    steps++;
    float rate = (float) learningRate;
    return part -> {
      for (int i = 0; i < parameters.size(); i++) {
        Node node = parameters.get(i).node();
        Tensor velocity = velocities.ofParameter(i).share(part, parts);
        move(node.value().share(part, parts), node.gradient().share(part, parts), velocity, rate);
      }
      for (int i = 0; i < tables.size(); i++) {
        EmbeddingTable table = tables.get(i);
        for (int j = part; j < table.count(); j += parts) {
          int row = table.touched()[j];
          Tensor velocity = velocities.ofTable(i).rows(row, 1);
          move(table.value().rows(row, 1), table.gradient().rows(j, 1), velocity, rate);
        }
      }
    };
  }

  private void move(Tensor weight, Tensor gradient, Tensor velocity, float rate) {
    kernel.scale(momentum, velocity);
    kernel.axpy(1, gradient, velocity);
    kernel.axpy(-rate, velocity, weight);
  }

  @Override
  public long steps() {
    return steps;
  }

  /** The velocities. */
  @Override
  public SortedMap<String, float[]> firstMoments() {
    return velocities.copy();
  }

  @Override
  public SortedMap<String, float[]> secondMoments() {
    return new TreeMap<>();
  }

  @Override
  public void restore(
      SortedMap<String, float[]> first, SortedMap<String, float[]> second, long stepsSoFar) {
    if (!second.isEmpty()) {
      throw new IllegalArgumentException(
          "sgd: there are second moments of " + second.keySet() + "; must be of none");
    }
    velocities.restore(first);
    steps = stepsSoFar;
  }
}
