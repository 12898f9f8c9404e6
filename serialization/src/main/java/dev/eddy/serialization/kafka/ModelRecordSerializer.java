package dev.eddy.serialization.kafka;

import dev.eddy.serialization.ModelRecord;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes the model topic. */
public final class ModelRecordSerializer implements KafkaRecordSerializationSchema<ModelRecord> {
  private final String topic;

  public ModelRecordSerializer(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      ModelRecord part, KafkaSinkContext context, Long timestamp) {
    return new ProducerRecord<>(topic, part.key().getBytes(StandardCharsets.UTF_8), part.value());
  }
}
