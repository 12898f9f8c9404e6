package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * One record of the model topic: a part of a model, or its manifest.
 *
 * @param key {@code name/version/index} or {@code name/version/manifest}
 * @param value null deletes what the key held
 */
@TypeInfo(Types.Factory.class)
public record ModelRecord(String key, byte[] value) {}
