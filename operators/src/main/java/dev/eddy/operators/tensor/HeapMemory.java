package dev.eddy.operators.tensor;

import java.util.Arrays;

/** The scalar kernel's memory. */
final class HeapMemory extends Memory {
  final float[] array;

  HeapMemory(int floats) {
    super(floats);
    array = new float[floats];
  }

  /** The array behind a tensor of the scalar kernel. */
  static float[] of(Tensor tensor) {
    return ((HeapMemory) tensor.memory).array;
  }

  @Override
  long bytes() {
    return (long) floats * Float.BYTES;
  }

  @Override
  void zero(int at, int count) {
    Arrays.fill(array, at, at + count, 0f);
  }

  @Override
  void read(int at, float[] target, int to, int count) {
    System.arraycopy(array, at, target, to, count);
  }

  @Override
  void write(int at, float[] source, int from, int count) {
    System.arraycopy(source, from, array, at, count);
  }

  @Override
  void free() {}
}
