package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Tensor;
import java.util.function.LongSupplier;

/**
 * Inverted dropout (Srivastava et al. 2014): y = x * mask, where each element of the mask is 0 with
 * the given rate, else 1 / (1 - rate): dx = dy * mask. Every forward run of a tape that {@link
 * Tape#learning learns} draws a new mask; on one that does not, y = x.
 */
public final class Dropout implements Operation {
  private final Tape tape;
  private final Node x;
  private final float rate;
  private final LongSupplier seeds;
  private final Tensor mask;
  private final float[] row;
  private final Node y;

  private Dropout(Tape tape, Node x, float rate, LongSupplier seeds) {
    Rule.present("dropout", "x", x);
    Rule.present("dropout", "seeds", seeds);
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("dropout: rate is " + rate + "; must be in [0, 1)");
    }
    this.tape = tape;
    this.x = x;
    this.rate = rate;
    this.seeds = seeds;
    this.mask = tape.scope().allocate(x.rows(), x.columns());
    this.row = new float[x.columns()];
    this.y = tape.node(x.rows(), x.columns());
  }

  /**
   * Records the dropout.
   *
   * @param seeds gives the seed of each forward run's mask: the same seed, the same mask to the bit
   */
  public static Node of(Tape tape, Node x, float rate, LongSupplier seeds) {
    return tape.record(new Dropout(tape, x, rate, seeds)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    if (tape.learning()) {
      draw(new Generator(seeds.getAsLong()));
    } else {
      kernel.fill(mask, 1);
    }
    kernel.fill(y.value(), 0);
    kernel.multiplyAdd(x.value(), mask, y.value());
  }

  private void draw(Generator random) {
    for (int r = 0; r < mask.rows(); r++) {
      for (int j = 0; j < row.length; j++) {
        row[j] = random.uniform() < rate ? 0 : 1 / (1 - rate);
      }
      mask.setRow(r, row, 0);
    }
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      kernel.multiplyAdd(y.gradient(), mask, x.gradient());
    }
  }
}
