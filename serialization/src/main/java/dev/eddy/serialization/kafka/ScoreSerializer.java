package dev.eddy.serialization.kafka;

import dev.eddy.serialization.Score;
import dev.eddy.serialization.json.ScoreJson;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Key: the model's name. Value: the score as JSON. Timestamp: when it is written. */
public final class ScoreSerializer implements KafkaRecordSerializationSchema<Score> {
  private final String topic;

  public ScoreSerializer(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Score score, KafkaSinkContext context, Long timestamp) {
    return new ProducerRecord<>(
        topic, null, null, score.model().getBytes(StandardCharsets.UTF_8), ScoreJson.write(score));
  }
}
