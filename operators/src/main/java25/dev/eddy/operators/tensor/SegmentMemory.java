package dev.eddy.operators.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;

/**
 * The vector kernel's memory: a 64-byte aligned segment in an arena of its own, shared so that any
 * thread may close it. Four vectors of slack follow the floats, because the kernel reads whole
 * vectors where a row ends, or a gate in it, and only its stores are masked.
 */
final class SegmentMemory extends Memory {
  private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
  private static final int ALIGNMENT = 64;
  private static final int SLACK = 4 * ALIGNMENT;

  /**
   * All memory. Of a segment the compiler asks at every read and store of what kind it is, whether
   * it is alive and how long; in a loop by constant steps it asks once before it, and still takes
   * some 25 instructions for each place that is read. So the kernel asks itself, once for a whole
   * product or region, by {@link #place}, and reads and stores through here. Of {@link #address}
   * and {@link #index} the compiler knows that they lie in all memory, and asks nothing.
   */
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /** Loops over rows of four vectors take no more steps: their bytes are an int. */
  private static final int STEPS = (1 << 23) - 1;

  /** Rows have fewer elements than 2^30. */
  private static final int ELEMENTS = (1 << 30) - 1;

  private static final long ADDRESSES = Long.MAX_VALUE >> 1;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;

  SegmentMemory(int floats) {
    super(floats);
    segment = arena.allocate((long) floats * Float.BYTES + SLACK, ALIGNMENT);
  }

  /** The segment behind a tensor of the vector kernel. */
  static MemorySegment of(Tensor tensor) {
    return ((SegmentMemory) tensor.memory).segment;
  }

  /** Bytes from the segment's start to a row of the tensor. */
  static long at(Tensor tensor, int row) {
    return (long) Float.BYTES * (tensor.offset + row * tensor.stride);
  }

  /** Bytes from one row of the tensor to the next. */
  static long step(Tensor tensor) {
    return (long) Float.BYTES * tensor.stride;
  }

  /**
   * Where some bytes of a segment lie in {@link #ALL}; none lie anywhere, since a view of no rows
   * may begin behind the segment.
   *
   * @throws IndexOutOfBoundsException unless that many bytes from {@code at} on are in it
   */
  static long place(MemorySegment segment, long at, long bytes) {
    if (at < 0 || bytes < 0 || (bytes > 0 && at > segment.byteSize() - bytes)) {
      throw outside(segment, at, bytes);
    }
    return address(segment.address() + at);
  }

  private static IndexOutOfBoundsException outside(MemorySegment segment, long at, long bytes) {
    return new IndexOutOfBoundsException(
        bytes + " bytes from " + at + " on, of a segment of " + segment.byteSize());
  }

  /** The same of rows, {@code step} bytes apart, which are read and stored in whole vectors. */
  static long place(MemorySegment segment, long at, int rows, long step, int columns) {
    long row = (columns + LANES - 1) / LANES * (long) (LANES * Float.BYTES);
    return place(segment, at, rows == 0 ? 0 : (rows - 1) * step + row);
  }

  /** The same of the first columns of one row. */
  static long place(Tensor x, int row, int columns) {
    return place(of(x), at(x, row), 1, 0, columns);
  }

  /** The same of all of a tensor. */
  static long place(Tensor x) {
    return place(of(x), at(x, 0), x.rows(), step(x), x.columns());
  }

  /** What a place and some steps come to, as what the compiler knows to be an address. */
  static long address(long sum) {
    return sum & ADDRESSES;
  }

  /** The variable of a loop, as what the compiler knows to be at most {@link #STEPS}. */
  static int index(int k) {
    return k & STEPS;
  }

  /** The bytes of j elements of a row, as what the compiler knows to be fewer than 2^32. */
  static long bytes(int j) {
    return (long) Float.BYTES * (j & ELEMENTS);
  }

  @Override
  long bytes() {
    return segment.byteSize();
  }

  @Override
  void zero(int at, int count) {
    segment.asSlice((long) at * Float.BYTES, (long) count * Float.BYTES).fill((byte) 0);
  }

  @Override
  void read(int at, float[] target, int to, int count) {
    MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, (long) at * Float.BYTES, target, to, count);
  }

  @Override
  void write(int at, float[] source, int from, int count) {
    MemorySegment.copy(
        source, from, segment, ValueLayout.JAVA_FLOAT, (long) at * Float.BYTES, count);
  }

  @Override
  void free() {
    arena.close();
  }
}
