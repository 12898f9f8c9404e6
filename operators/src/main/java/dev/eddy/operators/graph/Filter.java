package dev.eddy.operators.graph;

/**
 * How a window passes over a {@link Grid}: its size, its step, and the rows and columns of zeros
 * that are put around the grid.
 */
public record Filter(
    int height, int width, int strideDown, int strideAcross, int paddingDown, int paddingAcross) {
  public Filter {
    if (Math.min(height, width) < 1
        || Math.min(strideDown, strideAcross) < 1
        || Math.min(paddingDown, paddingAcross) < 0) {
      throw new IllegalArgumentException(
          String.format(
              "filter: %dx%d with stride %dx%d and padding %dx%d; sizes and strides must be"
                  + " positive, padding not negative",
              height, width, strideDown, strideAcross, paddingDown, paddingAcross));
    }
  }

  /** Of an image, the same in both directions. */
  public static Filter square(int size, int stride, int padding) {
    return new Filter(size, size, stride, stride, padding, padding);
  }

  /** Of a sequence. */
  public static Filter sequence(int width, int stride, int padding) {
    return new Filter(1, width, 1, stride, 0, padding);
  }

  /** Places that the window takes down a grid of that height; less than 1 if it does not fit. */
  int placesDown(int gridHeight) {
    return Math.floorDiv(gridHeight + 2 * paddingDown - height, strideDown) + 1;
  }

  int placesAcross(int gridWidth) {
    return Math.floorDiv(gridWidth + 2 * paddingAcross - width, strideAcross) + 1;
  }
}
