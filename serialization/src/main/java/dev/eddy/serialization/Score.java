package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * The prequential score of one mini-batch: predicted, scored, then learned.
 *
 * @param batch number of the mini-batch, from 1
 * @param events labelled events in it
 * @param correct of them, predicted right
 * @param totalEvents labelled events up to and with this mini-batch
 * @param loss mean cross entropy of the events, nats
 * @param gradientNorm global norm before clipping
 * @param time greatest event time seen, epoch milliseconds
 * @param modelVersion last version published before this mini-batch
 */
@TypeInfo(Types.Factory.class)
public record Score(
    String model,
    long batch,
    int events,
    int correct,
    long totalEvents,
    double loss,
    double gradientNorm,
    long time,
    long modelVersion) {}
