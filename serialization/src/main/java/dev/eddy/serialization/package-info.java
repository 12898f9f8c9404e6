/**
 * The values that travel, and their bytes in Flink's network and state. Read {@link
 * dev.eddy.serialization.Event} and {@link dev.eddy.serialization.ModelSnapshot} first; {@link
 * dev.eddy.serialization.Types} lists them all. Their JSON, their Kafka records and models on disk
 * are in the packages below.
 *
 * <p>Invariant: a format never changes, it gains a version; and a value never changes, not even in
 * its arrays: whoever makes one hands them over and writes to them no more.
 *
 * <p>Absent on purpose: arithmetic, tensors, and everything that keeps or moves the values.
 */
package dev.eddy.serialization;
