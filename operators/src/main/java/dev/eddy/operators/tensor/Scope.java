package dev.eddy.operators.tensor;

/** Owns memory: tensors live until their scope is reset or closed. */
public abstract class Scope implements AutoCloseable {
  /** Zero-filled, each row block aligned to 64 bytes. */
  public abstract Tensor allocate(int rows, int columns);

  /** Makes all memory of this scope free for new tensors; the old ones must not be used again. */
  public abstract void reset();

  @Override
  public abstract void close();

  /** Bytes that all open scopes of this JVM hold. */
  public static long heldBytes() {
    throw new UnsupportedOperationException("seam");
  }
}
