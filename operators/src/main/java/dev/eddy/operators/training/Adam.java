package dev.eddy.operators.training;

import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.AdamStep;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Adam (Kingma and Ba 2015) over all weights of a network. In the embedding table only the touched
 * rows and their moments move, with the step count of the whole (PyTorch's SparseAdam).
 */
final class Adam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  /** A weight's first and second moments, in its shape. */
  private record Moments(Tensor m, Tensor v) {}

  private final Kernel kernel;
  private final List<Parameter> parameters;
  private final EmbeddingTable table;
  private final Moments[] moments;
  private final Moments tableMoments;
  private long steps;

  /** Zero moments. */
  Adam(Kernel kernel, Scope scope, List<Parameter> parameters, EmbeddingTable table) {
    this.kernel = kernel;
    this.parameters = parameters;
    this.table = table;
    this.moments = new Moments[parameters.size()];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = zeros(scope, parameters.get(i).node().value());
    }
    this.tableMoments = table == null ? null : zeros(scope, table.value());
  }

  private static Moments zeros(Scope scope, Tensor like) {
    return new Moments(
        scope.allocate(like.rows(), like.columns()), scope.allocate(like.rows(), like.columns()));
  }

  /** Goes on from a checkpoint. */
  void restore(SortedMap<String, float[]> first, SortedMap<String, float[]> second, long steps) {
    this.steps = steps;
    for (int i = 0; i < moments.length; i++) {
      moments[i].m.set(first.get(parameters.get(i).name()));
      moments[i].v.set(second.get(parameters.get(i).name()));
    }
    if (table != null) {
      tableMoments.m.set(first.get(table.name()));
      tableMoments.v.set(second.get(table.name()));
    }
  }

  /** Moves every weight against its gradient. */
  void step(float learningRate) {
    AdamStep step = new AdamStep(learningRate, BETA1, BETA2, EPSILON, ++steps);
    for (int i = 0; i < moments.length; i++) {
      var node = parameters.get(i).node();
      kernel.adam(node.value(), node.gradient(), moments[i].m, moments[i].v, step);
    }
    if (table != null) {
      kernel.adamRows(
          table.value(),
          table.touched(),
          table.count(),
          table.gradient(),
          tableMoments.m,
          tableMoments.v,
          step);
    }
  }

  long steps() {
    return steps;
  }

  /** A copy of every m, by the name of its weight. */
  SortedMap<String, float[]> firstMoments() {
    SortedMap<String, float[]> copy = new TreeMap<>();
    for (int i = 0; i < moments.length; i++) {
      copy.put(parameters.get(i).name(), moments[i].m.get());
    }
    if (table != null) {
      copy.put(table.name(), tableMoments.m.get());
    }
    return copy;
  }

  /** A copy of every v, by the name of its weight. */
  SortedMap<String, float[]> secondMoments() {
    SortedMap<String, float[]> copy = new TreeMap<>();
    for (int i = 0; i < moments.length; i++) {
      copy.put(parameters.get(i).name(), moments[i].v.get());
    }
    if (table != null) {
      copy.put(table.name(), tableMoments.v.get());
    }
    return copy;
  }
}
