package dev.eddy.operators.graph;

/**
 * Convolution as an equation: an affine map of every window of the grid, with the same weights. For
 * a sequence it is {@code B_t = Σ_s W_s Z_{t+s-1} + b}, with T - S + 1 outputs at stride 1 without
 * padding (lecture rows L10 and L11).
 */
public final class Convolution {
  private Convolution() {}

  /**
   * Records the convolution.
   *
   * @param weight {@code [maps, height * width * channels]} of the filter, row by row, place by
   *     place, channel by channel
   * @param bias {@code [1, maps]}, null for none
   * @return the feature maps, a channel each
   */
  public static Grid of(Tape tape, Grid x, Filter filter, Node weight, Node bias) {
    Rule.present("convolution", "grid", x);
    Rule.present("convolution", "filter", filter);
    Rule.present("convolution", "weight", weight);
    int inputs = filter.height() * filter.width() * x.channels();
    Rule.shape("convolution", "weight", weight, weight.rows(), inputs);
    Grid patches = Patches.of(tape, "convolution", x, filter);
    Node maps = Affine.of(tape, patches.places(), weight, bias);
    return new Grid(maps, patches.height(), patches.width());
  }
}
