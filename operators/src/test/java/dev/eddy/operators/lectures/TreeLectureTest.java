package dev.eddy.operators.lectures;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.cell.Weights;
import dev.eddy.operators.graph.Apply;
import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.FiniteDifferences;
import dev.eddy.operators.graph.FiniteDifferences.Input;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Function;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Adam;
import dev.eddy.operators.training.Learner;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A network over a given tree: a vector for each leaf, and the same layer, {@code tanh(W [left
 * right] + b)}, wherever two parts become one.
 */
class TreeLectureTest {
  private static final int WIDTH = 12;

  /** A leaf has a token and no parts. */
  private record Tree(int token, Tree left, Tree right) {
    boolean leaf() {
      return left == null;
    }

    /** Not both: what the trees are to be labelled with. It depends on the tree's form. */
    int nand() {
      return leaf() ? token : 1 - left.nand() * right.nand();
    }
  }

  private final Kernel kernel = Kernels.best();
  private final Weights weights = new Weights(kernel, 6);
  private final Tape tape = new Tape(kernel);

  @AfterEach
  void close() {
    tape.close();
    weights.close();
  }

  private Node leaf(int token) {
    return weights.embedding(tape, "tokens", 2, WIDTH, new int[] {token});
  }

  private Node compose(Node left, Node right) {
    Node both = Concatenate.columns(tape, left, right);
    return Apply.of(tape, Function.TANH, weights.affine(tape, "compose", both, WIDTH));
  }

  /** The direct recursion; every part is also given to the list. */
  private Node vector(Tree tree, List<Node> vectors, List<Integer> labels) {
    Node vector =
        tree.leaf()
            ? leaf(tree.token)
            : compose(vector(tree.left, vectors, labels), vector(tree.right, vectors, labels));
    vectors.add(vector);
    labels.add(tree.nand());
    return vector;
  }

  @Test
  @DisplayName("L20 recursive network: gradients of shared weights add over all places of a tree")
  void gradients() {
    Tree tree =
        new Tree(0, new Tree(0, one(), zero()), new Tree(0, one(), new Tree(0, zero(), one())));
    List<Node> vectors = new ArrayList<>();
    vector(tree, vectors, new ArrayList<>());
    Node root = vectors.get(vectors.size() - 1);
    Node losses = CrossEntropy.of(tape, weights.affine(tape, "output", root, 2), new int[] {1});
    List<Input> inputs = FiniteDifferences.inputs(weights.parameters(), weights.tables());
    assertEquals(5, inputs.size());
    FiniteDifferences.assertGradients(tape, losses, inputs, 5, new Random(6));
  }

  @Test
  @DisplayName("L20 recursive network: shift and reduce on a stack is the direct recursion")
  void shiftAndReduce() {
    Random random = new Random(2);
    for (int i = 0; i < 20; i++) {
      tape.reset();
      Tree tree = tree(random, 6);
      Node direct = vector(tree, new ArrayList<>(), new ArrayList<>());
      Deque<Node> stack = new ArrayDeque<>();
      for (String event : events(tree, new ArrayList<>())) {
        if (event.equals("reduce")) {
          Node right = stack.pop();
          Node left = stack.pop();
          stack.push(compose(left, right));
        } else {
          stack.push(leaf(Integer.parseInt(event)));
        }
      }
      tape.forward();
      assertEquals(1, stack.size());
      assertArrayEquals(direct.value().get(), stack.pop().value().get());
    }
  }

  @Test
  @DisplayName("L20 recursive network: learns a function of the form, and holds on larger trees")
  void learns() {
    Random random = new Random(3);
    Learner learner = new Learner(weights, Adam.standard());
    for (int step = 0; step < 150; step++) {
      tape.reset();
      List<Integer> labels = new ArrayList<>();
      Node logits = logits(16, 4, random, labels);
      learner.step(tape, CrossEntropy.of(tape, logits, array(labels)), 0.02);
    }
    tape.reset();
    List<Integer> labels = new ArrayList<>();
    Node logits = logits(40, 8, new Random(77), labels);
    tape.forward();
    int[] predicted = new int[labels.size()];
    kernel.argmax(logits.value(), predicted);
    int correct = 0;
    for (int i = 0; i < predicted.length; i++) {
      correct += predicted[i] == labels.get(i) ? 1 : 0;
    }
    assertTrue(correct >= 0.99 * predicted.length, correct + " of " + predicted.length);
  }

  /** Of every part of some random trees. */
  private Node logits(int trees, int depth, Random random, List<Integer> labels) {
    List<Node> vectors = new ArrayList<>();
    for (int i = 0; i < trees; i++) {
      vector(tree(random, depth), vectors, labels);
    }
    Node all = Concatenate.rows(tape, vectors.toArray(new Node[0]));
    return weights.affine(tape, "output", all, 2);
  }

  private static Tree tree(Random random, int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return new Tree(random.nextInt(2), null, null);
    }
    return new Tree(0, tree(random, depth - 1), tree(random, depth - 1));
  }

  private static Tree one() {
    return new Tree(1, null, null);
  }

  private static Tree zero() {
    return new Tree(0, null, null);
  }

  /** The tree as it would stream in: each leaf's token, and a reduce after each two parts. */
  private static List<String> events(Tree tree, List<String> events) {
    if (tree.leaf()) {
      events.add(String.valueOf(tree.token));
    } else {
      events(tree.left, events);
      events(tree.right, events);
      events.add("reduce");
    }
    return events;
  }

  private static int[] array(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }
}
