package dev.eddy.serialization.kafka;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.json.BadEvent;
import dev.eddy.serialization.json.EventFormat;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Every record gives one value: an event, or a dead letter that says why it is none. */
public final class EventDeserializer implements KafkaRecordDeserializationSchema<Received> {
  private final EventFormat format;

  public EventDeserializer(EventFormat format) {
    this.format = format;
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Received> out) {
    Received received;
    try {
      received = new Received(format.parse(record.key(), record.value(), record.timestamp()), null);
    } catch (BadEvent bad) {
      received =
          new Received(
              null,
              new DeadLetter(
                  record.key(),
                  record.value(),
                  bad.getMessage(),
                  record.topic(),
                  record.partition(),
                  record.offset(),
                  record.timestamp()));
    }
    out.collect(received);
  }

  @Override
  public TypeInformation<Received> getProducedType() {
    return Types.RECEIVED;
  }
}
