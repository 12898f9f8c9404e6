package dev.eddy.serialization.kafka;

import dev.eddy.serialization.Tag;
import dev.eddy.serialization.json.TagJson;
import java.nio.charset.StandardCharsets;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Key: the sequence. Value: the tag as JSON. Timestamp: the event's, unless it is in the future.
 */
public final class TagSerializer implements KafkaRecordSerializationSchema<Tag> {
  private final String topic;

  public TagSerializer(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Tag tag, KafkaSinkContext context, Long timestamp) {
    return new ProducerRecord<>(
        topic,
        null,
        recordTime(tag.time()),
        tag.sequence().getBytes(StandardCharsets.UTF_8),
        TagJson.write(tag));
  }

  /**
   * The time itself, or null, which the producer fills with its own. Brokers refuse negative ones
   * and those more than an hour ahead of their clock, and a refused record would stop the job.
   */
  private static Long recordTime(long time) {
    return time < 0 || time > System.currentTimeMillis() ? null : time;
  }
}
