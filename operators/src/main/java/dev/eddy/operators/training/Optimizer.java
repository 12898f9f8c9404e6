package dev.eddy.operators.training;

import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import java.util.List;
import java.util.SortedMap;
import java.util.function.IntConsumer;

/**
 * Moves weights against their gradients, and keeps what it remembers of them. Of embedding tables
 * only the touched rows move, and only what is remembered of these.
 */
public sealed interface Optimizer permits Sgd, Adam {
  /** What makes an optimizer for given weights: the choice of a user, {@link Adam#standard}. */
  interface Choice {
    /** An optimizer that remembers nothing yet; what it remembers lives in the scope. */
    Optimizer of(
        Kernel kernel, Scope scope, List<Parameter> parameters, List<EmbeddingTable> tables);
  }

  /** Moves every weight against its gradient. */
  default void step(double learningRate) {
    step(learningRate, 1).accept(0);
  }

  /**
   * Begins a step that threads share: each part, from 0 on, moves weights of its own, and all parts
   * together move every weight, to the same bits however many there are.
   */
  IntConsumer step(double learningRate, int parts);

  /** Steps so far. */
  long steps();

  /** A copy of the first thing that is remembered of each weight, by the weight's name. */
  SortedMap<String, float[]> firstMoments();

  /** A copy of the second thing, by name; empty where there is none. */
  SortedMap<String, float[]> secondMoments();

  /**
   * Goes on from copies.
   *
   * @throws IllegalArgumentException if they are of another kind of optimizer
   */
  void restore(SortedMap<String, float[]> first, SortedMap<String, float[]> second, long steps);
}
