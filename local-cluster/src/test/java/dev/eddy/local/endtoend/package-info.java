/**
 * Both jobs on a real broker and a real cluster, from topic to topic: killed, stopped and resumed,
 * fed with bad records, submitted and cancelled.
 *
 * <p>Read first: {@link dev.eddy.local.endtoend.FailureTest}; {@link
 * dev.eddy.local.endtoend.Machine} is the broker and the cluster that all share.
 *
 * <p>Invariant: a test waits for what it needs to see, never for time to pass.
 *
 * <p>Absent on purpose: stand-ins for any part of it.
 */
package dev.eddy.local.endtoend;
