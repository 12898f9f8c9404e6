package dev.eddy.serialization.kafka;

/**
 * The timestamp that a record may carry. Brokers refuse negative ones and those more than an hour
 * ahead of their clock, and a refused record would stop the job.
 */
final class RecordTime {
  private RecordTime() {}

  /**
   * The time itself, or null, which the producer fills with its own, where a broker might refuse.
   */
  static Long of(long time) {
    return time < 0 || time > System.currentTimeMillis() ? null : time;
  }
}
