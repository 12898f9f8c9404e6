package dev.eddy.serialization;

/** What a record was found to be: exactly one of the two is not null. */
public record Received(Event event, DeadLetter deadLetter) {}
