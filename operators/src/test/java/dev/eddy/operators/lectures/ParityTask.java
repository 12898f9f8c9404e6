package dev.eddy.operators.lectures;

import dev.eddy.operators.graph.Concatenate;
import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.tensor.Cell;
import java.util.stream.IntStream;

/** Whether the number of ones is odd, of a string of each length up to the longest. */
final class ParityTask extends MemoryTask {
  /** Strings of each length by which it is judged. */
  static final int JUDGES = 40;

  private final int longest;
  private final Packing packing;
  private final Node x;
  private final int[] labels;
  private final Node logits;
  private final Node losses;

  ParityTask(Cell cell, int longest, long seed) {
    super(seed, 3);
    this.longest = longest;
    labels = new int[longest];
    packing = new Packing(IntStream.range(0, longest).map(i -> longest - i).toArray());
    x = tape.constant(packing.rows(), 1);
    Node h = recurrent(cell, packing, x, 24);
    Node[] ends = new Node[longest];
    for (int s = 0; s < longest; s++) {
      ends[s] = h.rows(packing.row(packing.length(s) - 1, s), 1);
    }
    logits = weights.affine(tape, "output", Concatenate.rows(tape, ends), 2);
    losses = CrossEntropy.of(tape, logits, labels);
  }

  @Override
  Node losses() {
    return losses;
  }

  @Override
  void draw() {
    for (int s = 0; s < longest; s++) {
      labels[s] = 0;
      for (int t = 0; t < packing.length(s); t++) {
        int bit = random.nextInt(2);
        labels[s] ^= bit;
        x.value().setRow(packing.row(t, s), new float[] {2 * bit - 1}, 0);
      }
    }
  }

  /** Of {@link #JUDGES} strings of each length. */
  int wrong() {
    int wrong = 0;
    int[] said = new int[longest];
    for (int i = 0; i < JUDGES; i++) {
      draw();
      tape.forward();
      tape.kernel().argmax(logits.value(), said);
      for (int s = 0; s < longest; s++) {
        wrong += said[s] == labels[s] ? 0 : 1;
      }
    }
    return wrong;
  }

  @Override
  boolean solved() {
    return wrong() == 0;
  }
}
