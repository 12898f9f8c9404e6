package dev.eddy.serialization.kafka;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.json.BadEvent;
import dev.eddy.serialization.json.EventFormat;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Every record gives an event, or else dead letters that say why it is none. */
public final class EventDeserializer implements KafkaRecordDeserializationSchema<Received> {
  private final EventFormat format;
  private final int limit;

  /**
   * @param limit of the topic: the most bytes of a record on its way
   */
  public EventDeserializer(EventFormat format, int limit) {
    this.format = format;
    this.limit = limit;
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Received> out) {
    Event event;
    try {
      event = format.parse(record.key(), record.value(), record.timestamp());
    } catch (BadEvent bad) {
      DeadLetters.of(record, bad.getMessage(), limit)
          .forEach(letter -> out.collect(new Received(null, letter)));
      return;
    }
    out.collect(new Received(event, null));
  }

  @Override
  public TypeInformation<Received> getProducedType() {
    return Types.RECEIVED;
  }
}
