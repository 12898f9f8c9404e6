package dev.eddy.serialization.kafka;

import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.Types;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Reads the model topic; what is in a record is for {@code ModelAssembly} to say. */
public final class ModelRecordDeserializer
    implements KafkaRecordDeserializationSchema<ModelRecord> {

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<ModelRecord> out) {
    String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    out.collect(new ModelRecord(key, record.value()));
  }

  @Override
  public TypeInformation<ModelRecord> getProducedType() {
    return Types.MODEL_RECORD;
  }
}
