/**
 * Kafka records of the values that travel: {@link dev.eddy.serialization.kafka.EventDeserializer}
 * in, the serializers out; the model topic both ways. Read the deserializer first.
 *
 * <p>Invariant: no record makes a reader throw, and none is lost: what is no event is a dead letter
 * with its original bytes.
 *
 * <p>Absent on purpose: sources, sinks and their options, which belong to the jobs.
 */
package dev.eddy.serialization.kafka;
