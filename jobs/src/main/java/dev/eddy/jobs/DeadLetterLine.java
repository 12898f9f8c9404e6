package dev.eddy.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.eddy.serialization.DeadLetter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.serialization.SerializationSchema;

/**
 * {@code {"line":3,"reason":"...","value":"..."}}: the number of a bad line, why it is no event,
 * and its text; {@code base64} instead of {@code value} where the bytes are no UTF-8. No line where
 * it is not known: of an event that the network gives no numbers for.
 */
final class DeadLetterLine implements SerializationSchema<DeadLetter> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public byte[] serialize(DeadLetter letter) {
    ObjectNode line = JSON.createObjectNode();
    if (letter.offset() >= 0) {
      line.put("line", letter.offset());
    }
    line.put("reason", letter.reason());
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(letter.value()));
      line.put("value", text.toString());
    } catch (CharacterCodingException notText) {
      line.put("base64", letter.value());
    }
    try {
      return JSON.writeValueAsBytes(line);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
