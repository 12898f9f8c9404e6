package dev.eddy.bench;

/**
 * How long to measure.
 *
 * @param rounds in each of which every contestant runs once
 * @param roundNanos how long it then runs
 * @param patienceNanos how long warming up goes on, at the least, where it is of no use
 */
record Effort(int rounds, long roundNanos, long patienceNanos) {
  static final Effort QUICK = new Effort(5, 20_000_000, 200_000_000);
  static final Effort FULL = new Effort(21, 50_000_000, 700_000_000);
}
