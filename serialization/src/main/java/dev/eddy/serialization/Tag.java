package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * What the network says of one event.
 *
 * @param index position of the event in its sequence, from 0
 * @param tag the most probable label
 * @param probability softmax probability of the tag
 * @param modelVersion version of the model that stepped the event
 * @param time epoch milliseconds of the event
 * @param scores {@code [labels]} softmax probabilities, null unless asked for
 */
@TypeInfo(Types.Factory.class)
public record Tag(
    String sequence,
    long index,
    String tag,
    float probability,
    long modelVersion,
    long time,
    float[] scores) {}
