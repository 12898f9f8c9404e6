package dev.eddy.operators.training;

import dev.eddy.operators.graph.EmbeddingTable;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A tensor in the shape of each weight, zero at first: what an optimizer remembers of it. */
final class Moments {
  private final List<String> names = new ArrayList<>();
  private final List<Tensor> tensors = new ArrayList<>();
  private final int dense;

  Moments(Scope scope, List<Parameter> parameters, List<EmbeddingTable> tables) {
    for (Parameter parameter : parameters) {
      add(scope, parameter.name(), parameter.node().value());
    }
    for (EmbeddingTable table : tables) {
      add(scope, table.name(), table.value());
    }
    this.dense = parameters.size();
  }

  private void add(Scope scope, String name, Tensor like) {
    names.add(name);
    tensors.add(scope.allocate(like.rows(), like.columns()));
  }

  Tensor ofParameter(int i) {
    return tensors.get(i);
  }

  Tensor ofTable(int i) {
    return tensors.get(dense + i);
  }

  SortedMap<String, float[]> copy() {
    SortedMap<String, float[]> copy = new TreeMap<>();
    for (int i = 0; i < names.size(); i++) {
      copy.put(names.get(i), tensors.get(i).get());
    }
    return copy;
  }

  /** Sets all; a copy that lacks some is of another kind of optimizer. */
  void restore(SortedMap<String, float[]> copy) {
    if (!copy.keySet().containsAll(names)) {
      throw new IllegalArgumentException(
          "optimizer: there are moments of " + copy.keySet() + "; must be of " + names);
    }
    for (int i = 0; i < names.size(); i++) {
      tensors.get(i).set(copy.get(names.get(i)));
    }
  }
}
