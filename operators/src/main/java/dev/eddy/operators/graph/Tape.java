package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The operations of one computation in the order in which they were recorded: recorded once for a
 * shape, run any number of times. It owns the memory of the nodes made on it, and reuses it for the
 * next shape after {@link #reset}. A run allocates nothing.
 */
public final class Tape implements AutoCloseable {
  private final Kernel kernel;
  private final Scope scope;
  private final List<Operation> operations = new ArrayList<>();
  private final List<Tensor> gradients = new ArrayList<>();
  private boolean learning = true;
  private boolean fixed;

  public Tape(Kernel kernel) {
    this.kernel = kernel;
    this.scope = kernel.open();
  }

  public Kernel kernel() {
    return kernel;
  }

  /** Memory that lives as long as what is recorded now. */
  public Scope scope() {
    return scope;
  }

  /** Whether runs are for learning, as at first, or only to use what was learned. */
  public boolean learning() {
    return learning;
  }

  /** Says what the next runs are for: dropout is off where it is not for learning. */
  public void learning(boolean on) {
    learning = on;
  }

  /**
   * Says that the weights which were made elsewhere do not change any more once what is recorded
   * from now on has run: it packs them for the kernel once, not in every run.
   */
  public void fixWeights() {
    fixed = true;
  }

  /** Whether these nodes, null for none, do not change after the first run. */
  boolean fixed(Node... weights) {
    for (Node weight : weights) {
      if (!fixed || (weight != null && weight.value().isOf(scope))) {
        return false;
      }
    }
    return true;
  }

  /** A new node with a gradient, zero-filled: an input to differentiate by, or an output. */
  public Node node(int rows, int columns) {
    return node(scope.allocate(rows, columns));
  }

  /** A new node with that value and a zero gradient. */
  Node node(Tensor value) {
    Tensor gradient = scope.allocate(value.rows(), value.columns());
    gradients.add(gradient);
    return new Node(value, gradient);
  }

  /** A new node without a gradient, zero-filled. */
  public Node constant(int rows, int columns) {
    return new Node(scope.allocate(rows, columns), null);
  }

  /** A new node without a gradient, with these values, row-major. */
  public Node constant(int rows, int columns, float... values) {
    Node node = constant(rows, columns);
    node.value().set(values);
    return node;
  }

  /** Appends an operation, whose inputs must be set before it runs. */
  public <O extends Operation> O record(O operation) {
    operations.add(operation);
    return operation;
  }

  /** What is recorded, in order. */
  List<Operation> operations() {
    return operations;
  }

  /** Runs all operations in order. */
  public void forward() {
    for (int i = 0; i < operations.size(); i++) {
      operations.get(i).forward(kernel);
    }
  }

  /** Zeroes the gradients of the nodes made here. Parameters are zeroed by their owner. */
  public void zeroGradients() {
    for (int i = 0; i < gradients.size(); i++) {
      kernel.fill(gradients.get(i), 0);
    }
  }

  /** Passes the gradients that were set on the outputs down, last operation first. */
  public void backward() {
    for (int i = operations.size() - 1; i >= 0; i--) {
      operations.get(i).backward(kernel);
    }
  }

  /** Forgets operations and nodes; their memory serves the next recording. */
  public void reset() {
    operations.clear();
    gradients.clear();
    scope.reset();
  }

  @Override
  public void close() {
    scope.close();
  }
}
