package dev.eddy.serialization.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.DeepEquals;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventFormatTest {
  private static final long RECORD_TIME = 1_700_000_000_000L;

  private static final EventFormat NUMBERS = numbers("tagging", true);
  private static final EventFormat UNLABELLED = numbers("tagging", false);
  private static final EventFormat TOKENS =
      new EventFormat(config("tagging", new ModelConfig.Text(16, 3)), EventFields.DEFAULT, true);

  @Test
  void numbersAreRead() throws BadEvent {
    assertEvent(
        new Event("m-7", null, new float[] {0.1f, -2, 3e-7f}, 1, 5, true),
        parse(
            NUMBERS,
            """
            {"sequence":"m-7","features":[0.1,-2,3e-7],"label":"bad","time":5,"end":true}"""));
  }

  @Test
  void tokensAreRead() throws BadEvent {
    assertEvent(
        new Event("doc-3", "Straße\n🐟", null, Event.NO_LABEL, RECORD_TIME, false),
        parse(TOKENS, "{'token':'Straße\\n🐟','sequence':'doc-3'}"));
  }

  @Test
  void anEndMayBeBare() throws BadEvent {
    Event end = new Event("a", null, null, Event.NO_LABEL, RECORD_TIME, true);
    assertEvent(end, parse(TOKENS, "{'sequence':'a','end':true}"));
    assertEvent(end, parse(NUMBERS, "{'sequence':'a','end':true}"));
    assertBad("features: is missing", NUMBERS, "{'sequence':'a','end':false}");
  }

  @Test
  void nullIsAbsence() throws BadEvent {
    assertEvent(
        new Event("a", "x", null, Event.NO_LABEL, RECORD_TIME, false),
        parse(
            TOKENS,
            "{'sequence':'a','token':'x','features':null,'label':null,'time':null,'end':null}"));
  }

  @Test
  void otherFieldsAreSkipped() throws BadEvent {
    assertEvent(
        new Event("a", "x", null, Event.NO_LABEL, RECORD_TIME, false),
        parse(TOKENS, "{'u':{'sequence':7,'token':[]},'u':[1,[2]],'sequence':'a','token':'x'}"));
  }

  @Test
  void fieldsHaveTheUsersNames() throws BadEvent {
    EventFormat format =
        new EventFormat(
            config("tagging", new ModelConfig.Numeric(null, null)),
            new EventFields("device", "word", "values", "class", "at", "last"),
            true);
    assertEvent(
        new Event("m-7", null, new float[] {1, 2, 3}, 0, 9, true),
        parse(
            format,
            "{'device':'m-7','values':[1,2,3],'class':'ok','at':9,'last':true,"
                + "'sequence':1,'token':2,'features':3,'label':4,'time':'no','end':5}"));
    assertBad("values: must be an array of numbers; found 7", format, "{'values':7}");
  }

  @Test
  void namesOfFieldsDiffer() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new EventFields("a", "token", "a", "label", "time", "end"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new EventFields("", "token", "features", "label", "time", "end"));
  }

  @Test
  void theKeyIsTheSequenceWhereTheFieldIsMissing() throws BadEvent {
    byte[] value = bytes("{'token':'x'}");
    assertEquals("käse", TOKENS.parse(utf8("käse"), value, 1).sequence());
    assertBad("sequence: is missing, and the record has no key", TOKENS, null, value);
    assertBad("sequence: must be 1 to 4096 Unicode characters; found ''", TOKENS, "", value);
    assertEquals(
        "sequence: is missing, and the key must be UTF-8; found '\uFFFD', 1 bytes",
        assertThrows(BadEvent.class, () -> TOKENS.parse(new byte[] {-1}, value, 1)).getMessage());
  }

  @Test
  void aKeyAgreesWithTheSequence() throws BadEvent {
    byte[] value = bytes("{'sequence':'käse','token':'x'}");
    assertEquals("käse", TOKENS.parse(utf8("käse"), value, 1).sequence());
    assertBad(
        "sequence: must equal the record's key 'brot', 4 bytes; found 'käse'",
        TOKENS,
        "brot",
        value);
    assertBad("sequence: must equal the record's key ''", TOKENS, "", value);
    byte[] latin1 = "käse".getBytes(StandardCharsets.ISO_8859_1);
    assertThrows(BadEvent.class, () -> TOKENS.parse(latin1, value, 1));
  }

  @Test
  void labelsAreSkippedUnlessAskedFor() throws BadEvent {
    for (String label : List.of("'ok'", "'unknown'", "7", "{'a':[1]}", "null")) {
      assertEvent(
          new Event("a", null, new float[] {1, 2, 3}, Event.NO_LABEL, RECORD_TIME, false),
          parse(UNLABELLED, "{'label':" + label + ",'sequence':'a','features':[1,2,3]}"));
    }
  }

  @Test
  void ofALanguageModelATokenIsItsOwnLabelIfTheModelHasIt() throws BadEvent {
    ModelConfig config = config("language-model", new ModelConfig.Text(5, 3));
    var model = new EventFormat(config, EventFields.DEFAULT, true);
    assertEquals(1, parse(model, "{'sequence':'a','token':'bad'}").label());
    assertEquals(0, parse(model, "{'sequence':'a','token':'bad','label':'ok'}").label());
    assertEquals(-1, parse(model, "{'sequence':'a','token':'unknown'}").label());
    assertEquals(0, parse(model, "{'sequence':'a','end':true,'label':'ok'}").label());
    var tagging = new EventFormat(config, EventFields.DEFAULT, false);
    assertEquals(-1, parse(tagging, "{'sequence':'a','token':'bad'}").label());
    assertEquals(-1, parse(TOKENS, "{'sequence':'a','token':'bad'}").label());
  }

  @Test
  void aWholeSequenceMayBeLabelledAtItsBareEnd() throws BadEvent {
    String json = "{'sequence':'a','end':true,'label':'bad'}";
    assertEquals(1, parse(numbers("classification", true), json).label());
    assertBad("label: must be absent on an end without input; found label 1", NUMBERS, json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'features':[1,2,3],'sequence':7          | sequence: must be a string; found 7
          'features':[1,2,3],'sequence':''         | sequence: must be 1 to 4096 Unicode characters; found ''
          'features':[1,2,3],'sequence':'\\ud83d'  | sequence: must be 1 to 4096 Unicode characters; found '
          'features':[1,2,3],'sequence':{}         | sequence: must be a string; found an object
          'sequence':'a'                           | features: is missing; only an event with end may be without
          'sequence':'a','features':null           | features: is missing; only an event with end may be without
          'sequence':'a','token':'x'               | token: must be absent, the model reads numbers; found 'x'
          'sequence':'a','token':'x','features':[1,2,3] | token: must be absent, the model reads numbers; found 'x'
          'sequence':'a','features':[]             | features: must hold 3 numbers; found 0
          'sequence':'a','features':[1,2]          | features: must hold 3 numbers; found 2
          'sequence':'a','features':[1,2,3,4]      | features: must hold 3 numbers; found 4
          'sequence':'a','features':'1,2,3'        | features: must be an array of numbers; found '1,2,3'
          'sequence':'a','features':[1,'2',3]      | features[1]: must be a number; found '2'
          'sequence':'a','features':[1,2,'NaN']    | features[2]: must be a number; found 'NaN'
          'sequence':'a','features':[[1],2,3]      | features[0]: must be a number; found an array
          'sequence':'a','features':[1,null,3]     | features[1]: must be a number; found null
          'sequence':'a','features':[1,true,3]     | features[1]: must be a number; found true
          'sequence':'a','features':[1e39,2,3]     | features[0]: must be finite as a 32-bit float; found 1e39
          'sequence':'a','features':[1,-3.5e38,3]  | features[1]: must be finite as a 32-bit float; found -3.5e38
          'sequence':'a','features':[1,2,1e999999999] | features[2]: must be finite as a 32-bit float; found 1e999999999
          'sequence':'a','features':[340282356779733661637539395458142568448,2,3] | features[0]: must be finite as a 32-bit float; found 3402823567
          'sequence':'a','features':[NaN,2,3]      | features[0]: must be finite as a 32-bit float; found NaN
          'sequence':'a','features':[Infinity,2,3] | features[0]: must be finite as a 32-bit float; found Infinity
          'sequence':'a','features':[01,2,3]       | value: must be a JSON object; found '{
          'sequence':'a','features':[1,2,3],'time':'5' | time: must be milliseconds from 0 to 253402300799999; found '5'
          'sequence':'a','features':[1,2,3],'time':1.5 | time: must be milliseconds from 0 to 253402300799999; found 1.5
          'sequence':'a','features':[1,2,3],'time':1e3 | time: must be milliseconds from 0 to 253402300799999; found 1e3
          'sequence':'a','features':[1,2,3],'time':-1  | time: must be milliseconds from 0 to 253402300799999; found -1
          'sequence':'a','features':[1,2,3],'time':253402300800000      | time: must be milliseconds from 0 to 253402300799999; found 253402300800000
          'sequence':'a','features':[1,2,3],'time':99999999999999999999 | time: must be milliseconds from 0 to 253402300799999; found 99999999999999999999
          'sequence':'a','features':[1,2,3],'time':true  | time: must be milliseconds from 0 to 253402300799999; found true
          'sequence':'a','features':[1,2,3],'end':'true' | end: must be true or false; found 'true'
          'sequence':'a','features':[1,2,3],'end':1      | end: must be true or false; found 1
          'sequence':'a','features':[1,2,3],'label':'no' | label: must be one of the model's 2 labels; found 'no'
          'sequence':'a','features':[1,2,3],'label':''   | label: must be one of the model's 2 labels; found ''
          'sequence':'a','features':[1,2,3],'label':0    | label: must be a string; found 0
          'sequence':'a','features':[1,2,3],'sequence':'a'     | sequence: must stand once; found twice
          'sequence':'a','features':[1,2,3],'features':[1,2,3] | features: must stand once; found twice
          'sequence':'a','features':[1,2,3],'end':null,'end':null | end: must stand once; found twice
          """)
  void whatIsWrongIsNamed(String fields, String reason) {
    assertBad(reason, NUMBERS, "{" + fields + "}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          'sequence':'a'                  | token: is missing; only an event with end may be without
          'sequence':'a','token':''       | token: must be 1 to 4096 Unicode characters; found ''
          'sequence':'a','token':5        | token: must be a string; found 5
          'sequence':'a','token':['x']    | token: must be a string; found an array
          'sequence':'a','token':'\\udc00x' | token: must be 1 to 4096 Unicode characters; found '
          'sequence':'a','features':[1]   | features: must be absent, the model reads tokens; found an array
          'sequence':'a','token':'x','features':[1] | features: must be absent, the model reads tokens; found an array
          'sequence':'a','token':'x','token':'x'    | token: must stand once; found twice
          """)
  void whatIsWrongWithATokenIsNamed(String fields, String reason) {
    assertBad(reason, TOKENS, "{" + fields + "}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "}",
        "null",
        "7",
        "'x'",
        "[]",
        "[{'sequence':'a','token':'x'}]",
        "{'sequence':'a','token':'x'",
        "{'sequence':'a','token':'x'}}",
        "{'sequence':'a','token':'x'} {}",
        "{'sequence':'a','token':'x'}x",
        "{'sequence':'a','token':'x',}",
        "{'sequence':'a' 'token':'x'}",
        "{sequence:'a'}",
        "{'sequence':'a','token':'x\n'}",
        "{'sequence':'a','token':'\\x'}",
        "{'sequence':'a',",
        "/**/{'sequence':'a','token':'x'}",
        "\uFEFF{'sequence':'a','token':'x'}"
      })
  void otherThanOneObjectIsBad(String json) {
    assertBad("value: must be a JSON object; found '", TOKENS, json);
  }

  @Test
  void aTombstoneIsBad() {
    assertBad("value: must be a JSON object; found none", TOKENS, "a", null);
  }

  @Test
  void otherEncodingsAreBad() {
    String json = "{\"sequence\":\"a\",\"token\":\"ä\"}";
    assertBad(
        "value: must be UTF-8; found", TOKENS, null, json.getBytes(StandardCharsets.ISO_8859_1));
    String ascii = json.replace('ä', 'a');
    assertBad(
        "value: must be a JSON object", TOKENS, null, ascii.getBytes(StandardCharsets.UTF_16LE));
    byte[] overlong = utf8(ascii.replace("a\"}", "??\"}"));
    overlong[overlong.length - 4] = (byte) 0xC1;
    overlong[overlong.length - 3] = (byte) 0x81;
    assertBad("value: must be UTF-8; found", TOKENS, null, overlong);
    byte[] surrogate = utf8(ascii.replace("a\"}", "???\"}"));
    surrogate[surrogate.length - 5] = (byte) 0xED;
    surrogate[surrogate.length - 4] = (byte) 0xA0;
    surrogate[surrogate.length - 3] = (byte) 0x80;
    assertBad("value: must be UTF-8; found", TOKENS, null, surrogate);
  }

  @Test
  void aTokenHasAGreatestLength() throws BadEvent {
    String longest = "x".repeat(EventFormat.LONGEST_TEXT);
    assertEquals(longest, parse(TOKENS, "{'sequence':'a','token':'" + longest + "'}").token());
    assertBad(
        "token: must be 1 to 4096 Unicode characters; found '" + "x".repeat(64) + "… (4097",
        TOKENS,
        "{'sequence':'a','token':'x" + longest + "'}");
    assertBad(
        "token: must be 1 to 4096 Unicode characters; found '" + "x".repeat(64) + "… (1048576",
        TOKENS,
        "{'sequence':'a','token':'" + "x".repeat(1 << 20) + "'}");
  }

  @Test
  void aReasonIsOneShortLine() {
    BadEvent bad =
        assertThrows(
            BadEvent.class,
            () ->
                parse(NUMBERS, "{'label':'a\\r\\n\\u0000\\u2028\\u0085" + "🐟".repeat(99) + "'}"));
    assertEquals(1, bad.getMessage().lines().count());
    assertTrue(bad.getMessage().contains("'a\\u000d\\u000a\\u0000\\u2028\\u0085🐟"));
    assertTrue(bad.getMessage().contains("🐟… (204 characters)'"), bad.getMessage());
  }

  @Test
  void theRecordsTimeMustBeValid() {
    byte[] value = bytes("{'sequence':'a','token':'x'}");
    for (long time : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      assertEquals(
          "time: is missing, and the record's must be valid; found " + time,
          assertThrows(BadEvent.class, () -> TOKENS.parse(null, value, time)).getMessage());
    }
  }

  @Test
  void numbersKeepTheirBits() throws BadEvent {
    Random random = new Random(3);
    for (int round = 0; round < 3_000; round++) {
      float[] expected = new float[3];
      for (int i = 0; i < 3; i++) {
        float bits = Float.intBitsToFloat(random.nextInt());
        expected[i] = Float.isFinite(bits) ? bits : i;
      }
      String json =
          "{'sequence':'a','features':["
              + expected[0]
              + ","
              + expected[1]
              + ","
              + expected[2]
              + "]}";
      assertEvent(
          new Event("a", null, expected, Event.NO_LABEL, RECORD_TIME, false), parse(NUMBERS, json));
    }
  }

  /** Whatever is done to the bytes: an event or a reason on one line, never another exception. */
  @Test
  void noByteMakesItThrowAnythingElse() {
    byte[] good =
        utf8("{\"sequence\":\"ä\",\"features\":[1,-2.5e3,3],\"label\":\"ok\",\"time\":5,\"x\":{}}");
    Random random = new Random(5);
    int bad = 0;
    for (int round = 0; round < 15_000; round++) {
      byte[] changed = good.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        changed[random.nextInt(changed.length)] =
            random.nextBoolean() ? (byte) random.nextInt() : good[random.nextInt(good.length)];
      }
      try {
        NUMBERS.parse(null, changed, 1);
      } catch (BadEvent reason) {
        bad++;
        assertEquals(1, reason.getMessage().lines().count());
        assertTrue(reason.getMessage().length() < 300, reason.getMessage());
      }
    }
    assertTrue(bad > 3_000 && bad < 15_000, "bad: " + bad);
  }

  @Test
  void itTravelsWithTheJob() throws Exception {
    assertEquals(
        "x", parse(InstantiationUtil.clone(TOKENS), "{'sequence':'a','token':'x'}").token());
  }

  private static EventFormat numbers(String task, boolean labelled) {
    return new EventFormat(
        config(task, new ModelConfig.Numeric(null, null)), EventFields.DEFAULT, labelled);
  }

  private static ModelConfig config(String task, ModelConfig.Features features) {
    return new ModelConfig("lstm", 3, 2, 1, false, task, List.of("ok", "bad"), features, 0);
  }

  private static Event parse(EventFormat format, String json) throws BadEvent {
    return format.parse(null, bytes(json), RECORD_TIME);
  }

  private static byte[] bytes(String json) {
    return utf8(json.replace('\'', '"'));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertEvent(Event expected, Event found) {
    assertTrue(DeepEquals.test(expected, found), () -> found + " instead of " + expected);
  }

  private static void assertBad(String start, EventFormat format, String json) {
    assertBad(start, format, null, bytes(json));
  }

  private static void assertBad(String start, EventFormat format, String key, byte[] value) {
    String reason =
        assertThrows(
                BadEvent.class,
                () -> format.parse(key == null ? null : utf8(key), value, RECORD_TIME))
            .getMessage();
    assertTrue(reason.startsWith(start), reason);
    assertEquals(1, reason.lines().count(), reason);
  }
}
