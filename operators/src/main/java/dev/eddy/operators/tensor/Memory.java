package dev.eddy.operators.tensor;

/** One block of floats: a heap array or an off-heap segment, as its kernel has it. */
abstract class Memory {
  final int floats;

  Memory(int floats) {
    this.floats = floats;
  }

  /** Bytes held, with whatever the kernel adds at the end. */
  abstract long bytes();

  /** Sets {@code [at, at + count)} to zero. */
  abstract void zero(int at, int count);

  /** Copies {@code [at, at + count)} to the target from {@code to} on. */
  abstract void read(int at, float[] target, int to, int count);

  /** Copies {@code source[from, from + count)} to {@code at} on. */
  abstract void write(int at, float[] source, int from, int count);

  /** Gives the memory back; called once. */
  abstract void free();
}
