package dev.eddy.operators.lectures;

import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.SquaredError;
import dev.eddy.operators.tensor.Cell;
import java.util.Arrays;

/** Two of T numbers are marked: their sum (Hochreiter and Schmidhuber 1997). */
final class AddingTask extends MemoryTask {
  private static final int BATCH = 32;

  private final int steps;
  private final Packing packing;
  private final Node x;
  private final Node y;
  private final Node losses;

  AddingTask(Cell cell, int steps, long seed) {
    super(seed, 1);
    this.steps = steps;
    int[] lengths = new int[BATCH];
    Arrays.fill(lengths, steps);
    packing = new Packing(lengths);
    x = tape.constant(packing.rows(), 2);
    y = tape.constant(BATCH, 1);
    Node h = recurrent(cell, packing, x, 48).rows(packing.offset(steps - 1), BATCH);
    losses = SquaredError.of(tape, weights.affine(tape, "output", h, 1), y);
  }

  @Override
  Node losses() {
    return losses;
  }

  @Override
  void draw() {
    float[] sums = new float[BATCH];
    for (int s = 0; s < BATCH; s++) {
      int first = random.nextInt(steps / 2);
      int second = steps / 2 + random.nextInt(steps - steps / 2);
      for (int t = 0; t < steps; t++) {
        boolean marked = t == first || t == second;
        float[] event = {random.nextFloat(), marked ? 1 : 0};
        x.value().setRow(packing.row(t, s), event, 0);
        sums[s] += marked ? event[0] : 0;
      }
    }
    y.value().set(sums);
  }

  double meanSquaredError() {
    return 2 * loss();
  }

  @Override
  boolean solved() {
    return meanSquaredError() < 0.008;
  }
}
