package dev.eddy.serialization.kafka;

import dev.eddy.serialization.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Key and value: the original bytes. The headers, UTF-8, say why it is here and, where it is known,
 * where it was. Timestamp: when it is written, so that no topic deletes it for its age at once.
 */
public final class DeadLetterSerializer implements KafkaRecordSerializationSchema<DeadLetter> {
  /** One line: field, rule, value. */
  public static final String REASON = "eddy.reason";

  public static final String TOPIC = "eddy.topic";

  /** Decimal, as offset and timestamp (epoch milliseconds). */
  public static final String PARTITION = "eddy.partition";

  public static final String OFFSET = "eddy.offset";
  public static final String TIMESTAMP = "eddy.timestamp";

  private final String topic;

  public DeadLetterSerializer(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      DeadLetter letter, KafkaSinkContext context, Long timestamp) {
    List<Header> headers = new ArrayList<>();
    headers.add(header(REASON, letter.reason()));
    if (letter.offset() >= 0) {
      headers.add(header(TOPIC, letter.topic()));
      headers.add(header(PARTITION, String.valueOf(letter.partition())));
      headers.add(header(OFFSET, String.valueOf(letter.offset())));
    }
    headers.add(header(TIMESTAMP, String.valueOf(letter.timestamp())));
    return new ProducerRecord<>(topic, null, null, letter.key(), letter.value(), headers);
  }

  private static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
