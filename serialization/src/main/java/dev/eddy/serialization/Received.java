package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/** What a record was found to be: exactly one of the two is not null. */
@TypeInfo(Types.Factory.class)
public record Received(Event event, DeadLetter deadLetter) {}
