package dev.eddy.operators.graph;

/**
 * The greatest element of each window of a grid, channel by channel, as an equation: the gradient
 * goes to it alone, to the first of equals. Windows that reach beyond the edge are left out.
 */
public final class MaxPooling {
  private MaxPooling() {}

  /** Records the pooling; the filter must have no padding. */
  public static Grid of(Tape tape, Grid x, Filter filter) {
    Rule.present("max pooling", "filter", filter);
    if (filter.paddingDown() != 0 || filter.paddingAcross() != 0) {
      throw new IllegalArgumentException(
          "max pooling: padding is "
              + filter.paddingDown()
              + "x"
              + filter.paddingAcross()
              + "; must be 0x0");
    }
    Grid patches = Patches.of(tape, "max pooling", x, filter);
    int channels = x.channels();
    Node greatest = patches.places().columns(0, channels);
    for (int i = 1; i < filter.height() * filter.width(); i++) {
      Node next = patches.places().columns(i * channels, channels);
      greatest = Extremum.max(tape, greatest, next);
    }
    return new Grid(greatest, patches.height(), patches.width());
  }

  /** The greatest of each whole sequence or image, {@code [images, channels]}. */
  public static Node whole(Tape tape, Grid x) {
    Rule.present("max pooling", "grid", x);
    return of(tape, x, new Filter(x.height(), x.width(), 1, 1, 0, 0)).places();
  }
}
