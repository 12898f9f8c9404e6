package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * The memory of one sequence: what the network carries from one event to the next.
 *
 * @param steps events that have stepped this state since the sequence began
 * @param values {@code [layers x directions x (h, or h and c)]}, layer by layer, h before c
 */
@TypeInfo(Types.Factory.class)
public record HiddenState(long steps, float[] values) {}
