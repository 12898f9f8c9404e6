package dev.eddy.operators.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Owns memory: tensors live until their scope is reset or closed, and using one after that throws.
 * Allocation bumps a pointer through blocks that double in size; a reset starts again with the same
 * blocks. One thread allocates and resets; any thread may close, once or more often, but not while
 * a kernel works on tensors of this scope: memory that is freed meanwhile ends the JVM.
 */
public final class Scope implements AutoCloseable {
  private static final AtomicLong HELD = new AtomicLong();

  /** Floats of 64 bytes: every tensor begins on a cache line of its block. */
  private static final int LINE = 16;

  private static final int FIRST_BLOCK = 1 << 14;
  private static final int LARGEST_BLOCK = Integer.MAX_VALUE / 2;

  final Kernel kernel;
  private final List<Memory> blocks = new ArrayList<>();

  /** The block that is being filled, and how many of its floats are taken. */
  private int current;

  private int used;
  private Tensor scratch;
  private volatile int generation;
  private volatile boolean closed;

  Scope(Kernel kernel) {
    this.kernel = kernel;
  }

  /**
   * A zero-filled tensor, contiguous and aligned to 64 bytes.
   *
   * @throws IllegalArgumentException if rows are negative, columns below 1, or the product above
   *     2^30 - 1
   * @throws IllegalStateException if this scope is closed
   */
  public synchronized Tensor allocate(int rows, int columns) {
    if (closed) {
      throw new IllegalStateException("allocate: the scope is closed");
    }
    long floats = (long) rows * columns;
    if (rows < 0 || columns < 1 || floats > LARGEST_BLOCK - LINE) {
      throw new IllegalArgumentException(
          "allocate: ["
              + rows
              + ", "
              + columns
              + "]; rows must be at least 0, columns at least 1, elements fewer than 2^30");
    }
    int need = (int) ((floats + LINE - 1) / LINE * LINE);
    while (current < blocks.size() && blocks.get(current).floats - used < need) {
      current++;
      used = 0;
    }
    if (current == blocks.size()) {
      int last = blocks.isEmpty() ? FIRST_BLOCK / 2 : blocks.get(current - 1).floats;
      int doubled = (int) Math.min(2L * last, LARGEST_BLOCK);
      blocks.add(hold(Math.max(need, doubled)));
    }
    Memory block = blocks.get(current);
    block.zero(used, (int) floats);
    Tensor tensor = new Tensor(this, generation, block, used, rows, columns, columns);
    used += need;
    return tensor;
  }

  /** Room for the kernel's own use during a call, made when first asked for, always that size. */
  synchronized Tensor scratch(int rows, int columns) {
    if (scratch == null) {
      scratch = new Tensor(this, generation, hold(rows * columns), 0, rows, columns, columns);
    }
    return scratch;
  }

  /** Makes all memory of this scope free for new tensors; the old ones must not be used again. */
  public synchronized void reset() {
    generation++;
    current = 0;
    used = 0;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    generation++;
    for (Memory block : blocks) {
      release(block);
    }
    blocks.clear();
    if (scratch != null) {
      release(scratch.memory);
    }
  }

  private Memory hold(int floats) {
    Memory block = kernel.block(floats);
    HELD.addAndGet(block.bytes());
    return block;
  }

  private static void release(Memory block) {
    HELD.addAndGet(-block.bytes());
    block.free();
  }

  /** Bytes that all open scopes of this JVM hold. */
  public static long heldBytes() {
    return HELD.get();
  }

  /** What became of the tensors of a generation: null while they live. */
  String fate(int tensorGeneration) {
    if (tensorGeneration == generation) {
      return null;
    }
    return closed ? "closed" : "reset";
  }
}
