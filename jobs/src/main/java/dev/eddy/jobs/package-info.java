/**
 * The two jobs, tagging and training, and their options. Read {@code TaggingJob} first, then {@code
 * EddyOptions}.
 *
 * <p>Invariant: every stateful operator has a fixed uid, and a job takes its sources and sinks in
 * its constructor. A bad configuration is a {@link dev.eddy.jobs.BadConfiguration}, thrown before
 * anything starts.
 *
 * <p>Deliberately absent: the operators, which live in {@code dev.eddy.operators.stream}; brokers
 * and clusters, which a job never starts.
 */
package dev.eddy.jobs;
