package dev.eddy.operators.tensor;

/** A matrix of float32, or a view of one. */
public final class Tensor {
  private final int rows;
  private final int columns;

  Tensor(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /** A view of rows {@code [from, from + count)}. */
  public Tensor rows(int from, int count) {
    throw new UnsupportedOperationException("seam");
  }

  /** A view of columns {@code [from, from + count)}. */
  public Tensor columns(int from, int count) {
    throw new UnsupportedOperationException("seam");
  }

  /** Sets one row from {@code source[at..at+columns)}. */
  public void setRow(int row, float[] source, int at) {
    throw new UnsupportedOperationException("seam");
  }

  /** Gets one row into {@code target[at..at+columns)}. */
  public void getRow(int row, float[] target, int at) {
    throw new UnsupportedOperationException("seam");
  }

  /** Sets all, row-major. */
  public void set(float... values) {
    throw new UnsupportedOperationException("seam");
  }

  /** Gets all, row-major, as a new array. */
  public float[] get() {
    throw new UnsupportedOperationException("seam");
  }
}
