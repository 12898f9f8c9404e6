package dev.eddy.local;

/** How fast a count grows, as a mean over the last few seconds; from when it is made. */
public final class Rate {
  private static final double SECONDS = 2;

  private double lastCount;
  private long lastTime = System.nanoTime();
  private double rate;

  /** Counts a second, given what has been counted up to now. */
  public double at(double count) {
    long now = System.nanoTime();
    double seconds = (now - lastTime) / 1e9;
    double keep = Math.exp(-seconds / SECONDS);
    rate = keep * rate + (1 - keep) * (count - lastCount) / seconds;
    lastCount = count;
    lastTime = now;
    return rate;
  }
}
