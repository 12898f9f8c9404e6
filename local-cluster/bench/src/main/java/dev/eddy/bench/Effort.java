package dev.eddy.bench;

/**
 * How long to measure.
 *
 * @param rounds in each of which every contestant runs once
 * @param roundNanos how long it then runs
 * @param leadNanos how long it runs before that, untimed
 * @param patienceNanos how long warming up goes on, at the least, where it is of no use
 */
record Effort(int rounds, long roundNanos, long leadNanos, long patienceNanos) {
  static final Effort QUICK = new Effort(5, 20_000_000, 0, 200_000_000);
  static final Effort FULL = new Effort(21, 50_000_000, 0, 700_000_000);

  /**
   * After a pause an operating system may have all threads of a contestant on one core, and takes a
   * tenth of a second to spread them.
   */
  private static final long SPREADING_NANOS = 200_000_000;

  /** The same for contestants of several threads: fewer rounds that are longer, with a lead-in. */
  Effort withLead() {
    return new Effort((rounds + 1) / 2, 2 * roundNanos, SPREADING_NANOS, patienceNanos);
  }
}
