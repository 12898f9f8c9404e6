package dev.eddy.serialization.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.DeepEquals;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Samples;
import dev.eddy.serialization.Score;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.json.ScoreJson;
import dev.eddy.serialization.json.TagJson;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;

class RecordsTest {
  private static final long TIME = 1_700_000_000_000L;

  /** Of the topic, bytes. */
  private static final int LIMIT = 1000;

  @Test
  void aGoodRecordIsAnEvent() throws Exception {
    Received received = received("m-7", "{\"features\":[1,2],\"end\":true}".getBytes(UTF_8));
    assertTrue(
        DeepEquals.test(
            new Event("m-7", null, new float[] {1, 2}, Event.NO_LABEL, TIME, true),
            received.event()));
    assertNull(received.deadLetter());
  }

  @Test
  void aBadRecordIsADeadLetterWithItsBytes() throws Exception {
    byte[] value = {'{', -1, 0, '}'};
    DeadLetter letter = received("m-7", value).deadLetter();
    assertSame(value, letter.value());
    assertArrayEquals("m-7".getBytes(UTF_8), letter.key());
    assertTrue(letter.reason().startsWith("value: must be UTF-8; found"), letter.reason());
    assertEquals("in", letter.topic());
    assertEquals(3, letter.partition());
    assertEquals(99, letter.offset());
    assertEquals(TIME, letter.timestamp());
  }

  @Test
  void aRecordOfNothingIsADeadLetterToo() throws Exception {
    DeadLetter letter = received(null, null).deadLetter();
    assertNull(letter.key());
    assertNull(letter.value());
    ProducerRecord<byte[], byte[]> record =
        new DeadLetterSerializer("dead").serialize(letter, null, null);
    assertNull(record.key());
    assertNull(record.value());
  }

  @Test
  void aDeadLetterKeepsItsBytesAndSaysWhy() {
    DeadLetter letter =
        new DeadLetter(new byte[] {1}, new byte[] {-1, 0}, "value: must be ä", "in", 3, 99, TIME);
    ProducerRecord<byte[], byte[]> record =
        new DeadLetterSerializer("dead").serialize(letter, null, 5L);
    assertEquals("dead", record.topic());
    assertSame(letter.key(), record.key());
    assertSame(letter.value(), record.value());
    assertNull(record.timestamp());
    Map<String, String> headers = new LinkedHashMap<>();
    record
        .headers()
        .forEach(header -> headers.put(header.key(), new String(header.value(), UTF_8)));
    assertEquals(
        Map.of(
            "eddy.reason", "value: must be ä",
            "eddy.topic", "in",
            "eddy.partition", "3",
            "eddy.offset", "99",
            "eddy.timestamp", "" + TIME),
        headers);
  }

  @Test
  void aDeadLetterOfNoRecordDoesNotSayWhereItWas() {
    DeadLetter letter = new DeadLetter(null, new byte[0], "why", "", -1, -1, TIME);
    List<String> headers = new ArrayList<>();
    new DeadLetterSerializer("dead")
        .serialize(letter, null, 5L)
        .headers()
        .forEach(header -> headers.add(header.key()));
    assertEquals(List.of("eddy.reason", "eddy.timestamp"), headers);
  }

  @Test
  void aTagIsKeyedByItsSequence() {
    Tag tag = new Tag("käse", 4, "ok", 0.93f, 12, TIME, null);
    ProducerRecord<byte[], byte[]> record = new TagSerializer("tags").serialize(tag, null, 5L);
    assertEquals("tags", record.topic());
    assertNull(record.partition());
    assertArrayEquals("käse".getBytes(UTF_8), record.key());
    assertArrayEquals(TagJson.write(tag), record.value());
    assertEquals(TIME, record.timestamp());
  }

  /** Brokers refuse such timestamps, and a refused record would stop the job. */
  @Test
  void aTimeThatABrokerMightRefuseIsLeftOut() {
    for (long time : new long[] {-1, EventFormat.LATEST_TIME}) {
      Tag tag = new Tag("a", 4, "ok", 0.93f, 12, time, null);
      assertNull(new TagSerializer("tags").serialize(tag, null, 5L).timestamp());
    }
  }

  @Test
  void aScoreIsKeyedByItsModel() {
    Score score = new Score("main", 1, 256, 200, 4096, 0.5, 0.1, TIME, 12);
    ProducerRecord<byte[], byte[]> record =
        new ScoreSerializer("scores").serialize(score, null, 5L);
    assertArrayEquals("main".getBytes(UTF_8), record.key());
    assertArrayEquals(ScoreJson.write(score), record.value());
    assertNull(record.timestamp());
  }

  @Test
  void modelRecordsComeBack() {
    for (Object sample : Samples.all().get(Types.MODEL_RECORD)) {
      ModelRecord part = (ModelRecord) sample;
      ProducerRecord<byte[], byte[]> record =
          new ModelRecordSerializer("models").serialize(part, null, 5L);
      List<ModelRecord> out = new ArrayList<>();
      new ModelRecordDeserializer()
          .deserialize(
              new ConsumerRecord<>("models", 0, 0, record.key(), record.value()),
              new ListCollector<>(out));
      assertTrue(DeepEquals.test(List.of(part), out));
    }
  }

  @Test
  void aModelRecordWithoutKeyIsNoModels() {
    List<ModelRecord> out = new ArrayList<>();
    new ModelRecordDeserializer()
        .deserialize(
            new ConsumerRecord<>("models", 0, 0, null, new byte[1]), new ListCollector<>(out));
    assertEquals("", out.get(0).key());
  }

  @Test
  void aRecordAboveTheLimitIsOneLetterWhereCompressionMakesItFit() throws Exception {
    byte[] zeros = new byte[100 * LIMIT];
    assertSame(zeros, received("m-7", zeros).deadLetter().value());
    byte[] noise = noise(LIMIT - 3);
    assertSame(noise, received("m-7", noise).deadLetter().value());
  }

  @Test
  void aRecordThatCannotFitIsCutIntoLettersThatGiveItBack() throws Exception {
    for (int keySize : new int[] {0, 5, 2 * LIMIT + 1}) {
      String key = keySize == 0 ? null : "k".repeat(keySize);
      for (byte[] value : List.of(noise(3 * LIMIT + 1), noise(LIMIT + 1), zeros())) {
        List<Received> all = allReceived(key, value);
        var keys = new ByteArrayOutputStream();
        var values = new ByteArrayOutputStream();
        for (int i = 0; i < all.size(); i++) {
          DeadLetter letter = all.get(i).deadLetter();
          int size = 0;
          for (byte[] piece : Arrays.asList(letter.key(), letter.value())) {
            size += piece == null ? 0 : piece.length;
          }
          assertTrue(size > 0 && size <= LIMIT, "bytes " + size);
          keys.writeBytes(letter.key() == null ? new byte[0] : letter.key());
          values.writeBytes(letter.value() == null ? new byte[0] : letter.value());
          assertTrue(letter.reason().startsWith("value: must be "), letter.reason());
          String part = "; part " + (i + 1) + " of " + all.size();
          assertTrue(letter.reason().endsWith(part), letter.reason());
          assertEquals(99, letter.offset());
        }
        assertEquals(key == null ? "" : key, keys.toString(UTF_8));
        assertArrayEquals(value, values.toByteArray());
      }
    }
  }

  /** It would fit, but to send it takes memory. */
  private static byte[] zeros() {
    return new byte[DeadLetters.LARGEST_WHOLE + 1];
  }

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(size).nextBytes(noise);
    return noise;
  }

  private static Received received(String key, byte[] value) throws Exception {
    List<Received> out = allReceived(key, value);
    assertEquals(1, out.size());
    return out.get(0);
  }

  private static List<Received> allReceived(String key, byte[] value) throws Exception {
    EventDeserializer deserializer =
        InstantiationUtil.clone(
            new EventDeserializer(
                new EventFormat(Samples.CONFIG, EventFields.DEFAULT, false), LIMIT));
    assertEquals(Types.RECEIVED, deserializer.getProducedType());
    List<Received> out = new ArrayList<>();
    deserializer.deserialize(
        new ConsumerRecord<>(
            "in",
            3,
            99,
            TIME,
            TimestampType.CREATE_TIME,
            0,
            0,
            key == null ? null : key.getBytes(UTF_8),
            value,
            new RecordHeaders(),
            Optional.empty()),
        new ListCollector<>(out));
    return out;
  }
}
