/**
 * The JSON of the values that users see: events in, tags and scores out. Read {@link
 * dev.eddy.serialization.json.EventFormat} first: it decides what a valid event is.
 *
 * <p>Invariant: whatever is parsed is either a value that the model can take, or an exception whose
 * one line names field, rule and value. Floats are printed with the fewest digits that give the
 * same bits back.
 *
 * <p>Absent on purpose: trees and data binding (one pass over the bytes is enough), and Kafka.
 */
package dev.eddy.serialization.json;
