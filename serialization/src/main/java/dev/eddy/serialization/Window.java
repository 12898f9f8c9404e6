package dev.eddy.serialization;

import java.util.List;

/**
 * Up to T consecutive events of one sequence, ready to train.
 *
 * @param end the sequence ends with the last event; its carried state is dropped after training
 */
public record Window(String sequence, List<Event> events, boolean end) {}
