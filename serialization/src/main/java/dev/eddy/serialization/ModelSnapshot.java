package dev.eddy.serialization;

import java.util.SortedMap;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A whole model at one moment.
 *
 * @param name which model, where a topic carries several
 * @param version 0 for the model directory that both jobs start from
 * @param parent version that training went on from, -1 for none
 * @param steps labelled events that the model has learned from
 * @param tensors PyTorch's names, row-major; shapes follow from the config
 */
@TypeInfo(Types.Factory.class)
public record ModelSnapshot(
    String name,
    long version,
    long parent,
    long steps,
    ModelConfig config,
    SortedMap<String, float[]> tensors) {}
