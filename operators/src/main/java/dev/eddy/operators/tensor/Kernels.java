package dev.eddy.operators.tensor;

/** The one door to the kernels: chosen once, with the reason logged. */
public final class Kernels {
  private Kernels() {}

  /** The fastest kernel that this JVM can run. */
  public static Kernel best() {
    throw new UnsupportedOperationException("seam");
  }

  /** The kernel that defines correct, on any JVM from 17. */
  public static Kernel scalar() {
    throw new UnsupportedOperationException("seam");
  }
}
