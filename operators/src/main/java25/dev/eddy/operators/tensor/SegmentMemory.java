package dev.eddy.operators.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The vector kernel's memory: a 64-byte aligned segment in an arena of its own, shared so that any
 * thread may close it. Four vectors of slack follow the floats, because the kernel reads whole
 * vectors where a row ends and only its stores are masked.
 */
final class SegmentMemory extends Memory {
  private static final int ALIGNMENT = 64;
  private static final int SLACK = 4 * ALIGNMENT;

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
