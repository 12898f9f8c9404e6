package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Affine;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.Event;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A recursive network over trees that stream in as a parser builds them: a token shifts its leaf's
 * vector onto a stack, the reduce token replaces the top two by {@code tanh(W [left right] + b)}.
 * It remembers the stack, and with each event says what is on top. It gives the bits of the direct
 * recursion.
 */
public final class TreeComposer implements EventNetwork {
  private final Tape tape;
  private final Map<String, float[]> leaves = new HashMap<>();
  private final String reduce;
  private final Node left;
  private final Node right;
  private final Node composed;

  /**
   * A network.
   *
   * @param tokens of the leaves
   * @param vectors of the leaves {@code [tokens, H]}, row-major
   * @param reduce the token that is no leaf
   * @param weight {@code [H, 2 H]}, row-major
   * @param bias {@code [H]}
   */
  public TreeComposer(
      Kernel kernel,
      List<String> tokens,
      float[] vectors,
      String reduce,
      float[] weight,
      float[] bias) {
    Rule.present("tree", "tokens", tokens);
    Rule.present("tree", "vectors", vectors);
    Rule.present("tree", "reduce", reduce);
    Rule.present("tree", "weight", weight);
    Rule.present("tree", "bias", bias);
    int hidden = bias.length;
    if (vectors.length != tokens.size() * hidden) {
      throw new IllegalArgumentException(
          "tree: "
              + vectors.length
              + " numbers for "
              + tokens.size()
              + " leaves; must be "
              + hidden
              + " for each");
    }
    for (int i = 0; i < tokens.size(); i++) {
      leaves.put(tokens.get(i), Arrays.copyOfRange(vectors, i * hidden, (i + 1) * hidden));
    }
    if (leaves.size() < tokens.size() || leaves.containsKey(reduce)) {
      throw new IllegalArgumentException(
          "tree: leaves are " + tokens + "; must be different ones, none of which is " + reduce);
    }
    this.reduce = reduce;
    this.tape = new Tape(kernel);
    try {
      this.left = tape.constant(1, hidden);
      this.right = tape.constant(1, hidden);
      Node weights = tape.constant(hidden, 2 * hidden, weight);
      Node biases = tape.constant(1, hidden, bias);
      Node both = Concatenate.columns(tape, left, right);
      this.composed = Apply.of(tape, Function.TANH, Affine.of(tape, both, weights, biases));
    } catch (RuntimeException | Error e) {
      tape.close();
      throw e;
    }
  }

  @Override
  public float[] next(List<float[]> stack, Event event) {
    if (reduce.equals(event.token())) {
      int size = stack.size();
      if (size < 2) {
        throw new IllegalArgumentException(
            "tree: there are " + size + " parts on the stack; a reduce needs 2");
      }
      right.value().set(stack.remove(size - 1));
      left.value().set(stack.remove(size - 2));
      tape.forward();
      stack.add(composed.value().get());
    } else {
      float[] leaf = leaves.get(event.token());
      if (leaf == null) {
        throw new IllegalArgumentException("tree: there is no leaf '" + event.token() + "'");
      }
      stack.add(leaf);
    }
    return stack.get(stack.size() - 1);
  }

  @Override
  public void close() {
    tape.close();
  }
}
