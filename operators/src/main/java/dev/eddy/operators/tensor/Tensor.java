package dev.eddy.operators.tensor;

import java.util.Objects;

/**
 * A matrix of float32, or a view of one: element {@code [r, c]} lies at {@code offset + r * stride
 * + c} of its memory. Every use throws {@link IllegalStateException} once its scope is reset or
 * closed.
 */
public final class Tensor {
  final Scope scope;
  final Memory memory;
  final int offset;
  final int stride;
  private final int generation;
  private final int rows;
  private final int columns;

  Tensor(
      Scope scope, int generation, Memory memory, int offset, int rows, int columns, int stride) {
    this.scope = scope;
    this.generation = generation;
    this.memory = memory;
    this.offset = offset;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  /** A view of rows {@code [from, from + count)}; the count may be 0. */
  public Tensor rows(int from, int count) {
    live("rows");
    if (from < 0 || count < 0 || from > rows - count) {
      throw outOfBounds("rows", from, count);
    }
    return new Tensor(scope, generation, memory, offset + from * stride, count, columns, stride);
  }

  /** One of that many views that share the rows out, as evenly as they go. */
  public Tensor share(int part, int parts) {
    int from = (int) ((long) rows * part / parts);
    return parts == 1 ? this : rows(from, (int) ((long) rows * (part + 1) / parts) - from);
  }

  /** A view of columns {@code [from, from + count)}; the count is at least 1. */
  public Tensor columns(int from, int count) {
    live("columns");
    if (from < 0 || count < 1 || from > columns - count) {
      throw outOfBounds("columns", from, count);
    }
    return new Tensor(scope, generation, memory, offset + from, rows, count, stride);
  }

  /** A view of the same elements, row by row, in another shape; there are no gaps between rows. */
  public Tensor reshape(int newRows, int newColumns) {
    live("reshape");
    if (newRows < 0
        || newColumns < 1
        || (long) newRows * newColumns != (long) rows * columns
        || (stride != columns && rows > 1)) {
      throw new IllegalArgumentException(
          "reshape: "
              + this
              + (stride == columns ? "" : ", with gaps between its rows,")
              + " to ["
              + newRows
              + ", "
              + newColumns
              + "]; must be as many elements without gaps");
    }
    return new Tensor(scope, generation, memory, offset, newRows, newColumns, newColumns);
  }

  /** Whether its memory is that scope's. */
  public boolean isOf(Scope other) {
    return scope == other;
  }

  /** Sets one row from {@code source[at..at+columns)}. */
  public void setRow(int row, float[] source, int at) {
    memory.write(start("setRow", row, source.length, at), source, at, columns);
  }

  /** Gets one row into {@code target[at..at+columns)}. */
  public void getRow(int row, float[] target, int at) {
    memory.read(start("getRow", row, target.length, at), target, at, columns);
  }

  /** Sets all, row-major. */
  public void set(float... values) {
    live("set");
    if (values.length != (long) rows * columns) {
      throw new IllegalArgumentException(
          "set: " + this + " has " + (long) rows * columns + " elements, not " + values.length);
    }
    for (int r = 0; r < rows; r++) {
      memory.write(offset + r * stride, values, r * columns, columns);
    }
  }

  /** Gets all, row-major, as a new array. */
  public float[] get() {
    live("get");
    float[] values = new float[Math.multiplyExact(rows, columns)];
    for (int r = 0; r < rows; r++) {
      memory.read(offset + r * stride, values, r * columns, columns);
    }
    return values;
  }

  /** The shape, for example {@code [4, 8]}. */
  @Override
  public String toString() {
    return "[" + rows + ", " + columns + "]";
  }

  /** Throws if the memory is not this tensor's any more. */
  void live(String operation) {
    String fate = scope.fate(generation);
    if (fate != null) {
      throw new IllegalStateException(
          operation + ": tensor " + this + " is used after its scope was " + fate);
    }
  }

  /** Whether some element of this is also one of the other; exact for equal strides. */
  boolean overlaps(Tensor other) {
    if (memory != other.memory
        || Math.min(rows, other.rows) == 0
        || end() <= other.offset
        || other.end() <= offset) {
      return false;
    }
    if (stride != other.stride) {
      return true;
    }
    int shift = Math.floorMod(other.offset - offset, stride);
    return shift < columns || stride - shift < other.columns;
  }

  /** Whether this and the other are the same elements. */
  boolean same(Tensor other) {
    return memory == other.memory
        && offset == other.offset
        && rows == other.rows
        && columns == other.columns
        && stride == other.stride;
  }

  private int end() {
    return offset + (rows - 1) * stride + columns;
  }

  private int start(String operation, int row, int length, int at) {
    live(operation);
    if (row < 0 || row >= rows) {
      throw outOfBounds(operation, row, 1);
    }
    Objects.checkFromIndexSize(at, columns, length);
    return offset + row * stride;
  }

  private IndexOutOfBoundsException outOfBounds(String operation, int from, int count) {
    return new IndexOutOfBoundsException(
        operation + ": " + count + " from " + from + " on is outside of tensor " + this);
  }
}
