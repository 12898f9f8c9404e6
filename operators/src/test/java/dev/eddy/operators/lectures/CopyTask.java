package dev.eddy.operators.lectures;

import dev.eddy.operators.graph.CrossEntropy;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.tensor.Cell;
import java.util.Arrays;

/** Symbols, a delay, a sign, and then the same symbols again are to be said. */
final class CopyTask extends MemoryTask {
  private static final int SYMBOLS = 8;
  private static final int BATCH = 32;

  private final int length;
  private final int steps;
  private final Packing packing;
  private final Node x;
  private final int[] labels;
  private final Node losses;

  CopyTask(Cell cell, int length, int delay, long seed) {
    super(seed, 1);
    this.length = length;
    this.steps = length + delay + length;
    int[] lengths = new int[BATCH];
    Arrays.fill(lengths, steps);
    packing = new Packing(lengths);
    x = tape.constant(packing.rows(), SYMBOLS + 2);
    labels = new int[length * BATCH];
    Node h = recurrent(cell, packing, x, 64);
    Node last = h.rows(packing.offset(steps - length), length * BATCH);
    losses = CrossEntropy.of(tape, weights.affine(tape, "output", last, SYMBOLS), labels);
  }

  @Override
  Node losses() {
    return losses;
  }

  @Override
  void draw() {
    for (int s = 0; s < BATCH; s++) {
      for (int t = 0; t < steps; t++) {
        int symbol = t == steps - length ? SYMBOLS + 1 : SYMBOLS;
        if (t < length) {
          symbol = random.nextInt(SYMBOLS);
          labels[t * BATCH + s] = symbol;
        }
        float[] event = new float[SYMBOLS + 2];
        event[symbol] = 1;
        x.value().setRow(packing.row(t, s), event, 0);
      }
    }
  }

  @Override
  boolean solved() {
    return loss() < 0.01;
  }
}
