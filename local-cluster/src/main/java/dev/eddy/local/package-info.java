/**
 * One machine as a whole installation: {@link dev.eddy.local.LocalKafka} is a real broker and
 * {@link dev.eddy.local.LocalFlink} a real Flink cluster, both inside this JVM and both gone
 * without a trace when closed. {@code demo} plays a corpus through them, {@code command} is what a
 * user types.
 *
 * <p>Read first: {@code demo.Demo}, which is the tour of the whole project in one class.
 *
 * <p>Invariant: nothing in the modules below knows that this one exists.
 *
 * <p>Deliberately absent: any second way to build a job; the jobs run here as on a cluster.
 */
package dev.eddy.local;
