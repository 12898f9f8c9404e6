package dev.eddy.operators.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;

/**
 * The vector kernel's memory: a 64-byte aligned segment in an arena of its own, shared so that any
 * thread may close it. Four vectors of slack follow the floats, because the kernel reads whole
 * vectors where a row ends and only its stores are masked.
 */
final class SegmentMemory extends Memory {
  private static final int LANES = FloatVector.SPECIES_PREFERRED.length();
  private static final int ALIGNMENT = 64;
  private static final int SLACK = 4 * ALIGNMENT;

  /**
   * All memory. In a loop by constant steps the compiler checks a segment's bounds once before it,
   * but elsewhere it asks at every store anew of what kind the segment is, whether it is alive and
   * how long: some twenty instructions. What is not in such a loop goes through here, after one
   * {@link #place} for all of it.
   */
  @SuppressWarnings("restricted")
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

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
   * Where some bytes of a segment lie in {@link #ALL}.
   *
   * @throws IndexOutOfBoundsException unless that many bytes from {@code at} on are in it
   */
  static long place(MemorySegment segment, long at, long bytes) {
    return segment.address() + Objects.checkFromIndexSize(at, bytes, segment.byteSize());
  }

  /** The same of rows, {@code step} bytes apart, which are read and stored in whole vectors. */
  static long place(MemorySegment segment, long at, int rows, long step, int columns) {
    long row = (columns + LANES - 1) / LANES * (long) (LANES * Float.BYTES);
    return place(segment, at, rows == 0 ? 0 : (rows - 1) * step + row);
  }

  /** The same of all of a tensor. */
  static long place(Tensor x) {
    return place(of(x), at(x, 0), x.rows(), step(x), x.columns());
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
