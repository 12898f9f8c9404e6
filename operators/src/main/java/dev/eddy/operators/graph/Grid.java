package dev.eddy.operators.graph;

/**
 * Images, or sequences as images of height 1, as the rows of a node: row {@code (i * height + r) *
 * width + c} is the place {@code [r, c]} of image i, with a column for each channel.
 *
 * @param places {@code [images * height * width, channels]}
 */
public record Grid(Node places, int height, int width) {
  public Grid {
    Rule.present("grid", "places", places);
    if (height < 1 || width < 1 || places.rows() % ((long) height * width) != 0) {
      throw new IllegalArgumentException(
          "grid: "
              + places.rows()
              + " rows; must be a multiple of "
              + height
              + "x"
              + width
              + " places");
    }
  }

  /** Sequences of one length, one after the other: {@code [sequences * length, channels]}. */
  public static Grid sequences(Node rows, int length) {
    return new Grid(rows, 1, length);
  }

  public int images() {
    return places.rows() / (height * width);
  }

  public int channels() {
    return places.columns();
  }

  /** A row for each image, {@code [images, height * width * channels]}: a view. */
  public Node flat() {
    return places.reshape(images(), height * width * channels());
  }
}
