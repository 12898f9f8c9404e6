package dev.eddy.operators.graph;

/**
 * SplitMix64 (Steele, Lea and Flood 2014): a random generator whose whole state is one long, with
 * the same bits on every JVM.
 */
public final class Generator {
  private long state;

  public Generator(long state) {
    this.state = state;
  }

  /** What {@link #Generator} needs to go on from here. */
  public long state() {
    return state;
  }

  public long nextLong() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform in [0, 1), a multiple of 2^-53. */
  public double uniform() {
    return (nextLong() >>> 11) * 0x1p-53;
  }

  /** Standard normal (Box and Muller 1958); StrictMath, so that the bits are the same. */
  public double normal() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - uniform()));
    return radius * StrictMath.cos(2 * Math.PI * uniform());
  }
}
