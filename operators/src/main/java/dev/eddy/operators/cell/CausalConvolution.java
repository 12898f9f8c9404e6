package dev.eddy.operators.cell;

import dev.eddy.operators.graph.Convolution;
import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Rule;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.Event;
import java.util.List;

/**
 * A 1-D convolution over the numbers of a sequence's events: with each event from the S-th on, its
 * feature maps, {@code B = Σ_s W_s Z_{t-S+s} + b}. It remembers the last S - 1 events, and gives
 * the bits of a {@link Convolution} over the whole sequence.
 */
public final class CausalConvolution implements EventNetwork {
  private final Tape tape;
  private final int width;
  private final Node window;
  private final Node maps;

  /**
   * A filter of width S.
   *
   * @param channels numbers of an event
   * @param weight {@code [maps, S * channels]}, row-major
   * @param bias {@code [maps]}
   */
  public CausalConvolution(Kernel kernel, int width, int channels, float[] weight, float[] bias) {
    Rule.present("convolution", "weight", weight);
    Rule.present("convolution", "bias", bias);
    this.tape = new Tape(kernel);
    this.width = width;
    try {
      this.window = tape.constant(width, channels);
      Node weights = tape.constant(bias.length, width * channels, weight);
      Grid grid = Grid.sequences(window, width);
      Filter filter = Filter.sequence(width, 1, 0);
      Node biases = tape.constant(1, bias.length, bias);
      this.maps = Convolution.of(tape, grid, filter, weights, biases).places();
    } catch (RuntimeException | Error e) {
      tape.close();
      throw e;
    }
  }

  @Override
  public float[] next(List<float[]> memory, Event event) {
    float[] row = event.features();
    if (row == null || row.length != window.columns()) {
      throw new IllegalArgumentException(
          "convolution: the event has "
              + (row == null ? "no" : row.length)
              + " features; must be "
              + window.columns());
    }
    memory.add(row);
    if (memory.size() < width) {
      return null;
    }
    for (int s = 0; s < width; s++) {
      window.value().setRow(s, memory.get(s), 0);
    }
    memory.remove(0);
    tape.forward();
    return maps.value().get();
  }

  @Override
  public void close() {
    tape.close();
  }
}
