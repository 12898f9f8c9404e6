/**
 * The benchmarks: Eddy beside its peers, in one run.
 *
 * <p>Read {@link dev.eddy.bench.Case} first, what is measured; then {@link
 * dev.eddy.bench.Contestant}, what Eddy and each peer do; then {@link dev.eddy.bench.Contest}, how
 * they are compared and timed. Whole jobs are measured by {@link dev.eddy.bench.StreamRun}.
 *
 * <p>Invariant: a contestant is timed only after its outputs have agreed with those of {@link
 * dev.eddy.bench.PlainNetwork}; one that cannot run is a row with the reason. Each works in a
 * process of its own, and what that process needs of this package needs only the JDK; but those
 * that are called from a job are in the process of the job.
 *
 * <p>Deliberately absent: the peers themselves, which are in modules of their own that only {@code
 * ./eddy bench} builds.
 */
package dev.eddy.bench;
