package dev.eddy.jobs;

/** Where a job that starts without a savepoint begins to read its input topic. */
public enum StartFrom {
  /** Where the consumer group stopped; at the earliest event where it never read. */
  GROUP,
  EARLIEST,
  LATEST
}
