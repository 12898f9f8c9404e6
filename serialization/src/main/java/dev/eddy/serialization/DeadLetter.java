package dev.eddy.serialization;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A record that is no valid event, with its original bytes; or a valid event, written anew, that
 * the network gives no numbers for.
 *
 * @param key null where the record had none
 * @param value null where the record had none
 * @param reason one line: the field, the rule, the value
 * @param topic where it was read; for a file its name, with partition 0 and the line as offset;
 *     empty for an event written anew, with partition and offset -1
 */
@TypeInfo(Types.Factory.class)
public record DeadLetter(
    byte[] key,
    byte[] value,
    String reason,
    String topic,
    int partition,
    long offset,
    long timestamp) {}
