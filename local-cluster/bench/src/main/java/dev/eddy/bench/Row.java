package dev.eddy.bench;

/**
 * A line of the report.
 *
 * @param peer null where Eddy is alone
 * @param eddy what Eddy took
 * @param peerNanos NaN where there is no peer, or where it did not run
 * @param fmaShare part of the peak of the threads' cores that the products of the case come to
 * @param l2Share part of the bandwidth of one core's second cache that reading all weights once
 *     comes to
 * @param reason why the peer did not run, else null
 */
record Row(
    Case of,
    String peer,
    Worker.Timing eddy,
    double peerNanos,
    double fmaShare,
    double l2Share,
    String reason) {
  /** How many times as long the peer takes. */
  double ratio() {
    return peerNanos / eddy.nanos();
  }

  /** Timesteps of all sequences in a second, where a run takes so long. */
  double tokensPerSecond(double nanos) {
    return of.batch() * of.length() * 1e9 / nanos;
  }
}
