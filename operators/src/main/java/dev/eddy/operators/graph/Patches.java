package dev.eddy.operators.graph;

import dev.eddy.operators.tensor.Kernel;

/**
 * The windows of a filter over a grid as rows ("im2col"): row by row of the window, place by place,
 * channel by channel, zeros where it reaches into the padding. Each element of the grid gets the
 * sum of the gradients of its copies.
 */
final class Patches implements Operation {
  private final Node x;
  private final Node[] parts;
  private final int[][] sources;
  private final int[][] offsets;
  private final Grid y;

  private Patches(Tape tape, String operation, Grid grid, Filter filter) {
    Rule.present(operation, "grid", grid);
    Rule.present(operation, "filter", filter);
    int down = filter.placesDown(grid.height());
    int across = filter.placesAcross(grid.width());
    if (down < 1 || across < 1) {
      throw new IllegalArgumentException(
          String.format(
              "%s: the filter is %dx%d, the padded grid %dx%d; the filter must fit",
              operation,
              filter.height(),
              filter.width(),
              grid.height() + 2 * filter.paddingDown(),
              grid.width() + 2 * filter.paddingAcross()));
    }
    int size = filter.height() * filter.width();
    int channels = grid.channels();
    this.x = grid.places();
    Node rows = tape.node(grid.images() * down * across, size * channels);
    this.y = new Grid(rows, down, across);
    this.parts = new Node[size];
    this.sources = new int[size][rows.rows()];
    this.offsets = new int[size][rows.rows() + 1];
    for (int i = 0; i < size; i++) {
      parts[i] = rows.columns(i * channels, channels);
      locate(grid, filter, i / filter.width(), i % filter.width(), sources[i], offsets[i]);
    }
  }

  /**
   * For one place of the window: the grid's row under it for each row of y, none in the padding.
   */
  private void locate(
      Grid grid, Filter filter, int placeDown, int placeAcross, int[] rows, int[] ends) {
    for (int i = 0, n = 0; i < rows.length; i++) {
      int across = i % y.width();
      int down = i / y.width() % y.height();
      int image = i / y.width() / y.height();
      int r = down * filter.strideDown() + placeDown - filter.paddingDown();
      int c = across * filter.strideAcross() + placeAcross - filter.paddingAcross();
      if (r >= 0 && r < grid.height() && c >= 0 && c < grid.width()) {
        rows[n++] = (image * grid.height() + r) * grid.width() + c;
      }
      ends[i + 1] = n;
    }
  }

  /**
   * The windows, {@code [images * places, window * channels]}, as a grid of the filter's places.
   */
  static Grid of(Tape tape, String operation, Grid grid, Filter filter) {
    return tape.record(new Patches(tape, operation, grid, filter)).y;
  }

  @Override
  public void forward(Kernel kernel) {
    for (int i = 0; i < parts.length; i++) {
      kernel.embeddingBag(x.value(), sources[i], offsets[i], parts[i].value());
    }
  }

  @Override
  public void backward(Kernel kernel) {
    if (!x.constant()) {
      for (int i = 0; i < parts.length; i++) {
        kernel.embeddingBagGradient(parts[i].gradient(), sources[i], offsets[i], x.gradient());
      }
    }
  }
}
