package dev.eddy.serialization;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
  private static final String PLAIN =
      """
      {"eddy_version":1,"architecture":"lstm","input_size":2,"hidden_size":3,"num_layers":1,
       "bidirectional":false,"task":"tagging","labels":["a","b"],
       "features":{"kind":"numeric","mean":[0,1.5],"scale":[1,2]},"lookahead":0}""";

  private static final ModelConfig TEXT =
      new ModelConfig(
          "gru",
          64,
          8,
          1,
          false,
          "classification",
          List.of("x", "y"),
          new ModelConfig.Text(16384, 64),
          2);

  private static final ModelConfig LAYERS =
      new ModelConfig(
          "mgu",
          2,
          3,
          2,
          true,
          "tagging",
          List.of("a", "b"),
          null,
          0,
          new ModelConfig.Layers(true, 0.1f, true));

  @Test
  void whatIsWrittenIsRead() {
    for (ModelConfig config : List.of(Samples.CONFIG, TEXT, LAYERS)) {
      for (String json : List.of(ConfigJson.compact(config), ConfigJson.pretty(config))) {
        assertTrue(DeepEquals.test(config, read(json)), json);
      }
    }
  }

  @Test
  void meanAndScaleKeepTheirBits() {
    float[] awkward = {0.1f, Float.MIN_VALUE, Float.MAX_VALUE, Float.MIN_NORMAL, Math.nextUp(1e9f)};
    ModelConfig config =
        new ModelConfig(
            "lstm",
            awkward.length,
            1,
            1,
            false,
            "tagging",
            List.of("a"),
            new ModelConfig.Numeric(awkward, null),
            0);
    assertTrue(DeepEquals.test(config, read(ConfigJson.compact(config))));
  }

  @Test
  void whatIsOptionalHasDefaults() {
    ModelConfig config =
        read(
            PLAIN
                .replace("\"eddy_version\":1,", "")
                .replaceAll(",\\s*\"features\":.*\"lookahead\":0", ""));
    assertTrue(DeepEquals.test(new ModelConfig.Numeric(null, null), config.features()));
    assertEquals(0, config.lookahead());
    assertTrue(
        DeepEquals.test(
            new ModelConfig.Numeric(null, null),
            read(PLAIN.replaceAll("\"features\":\\{.*\\},", "\"features\":{},")).features()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          "eddy_version":1          | "eddy_version":2         | eddy_version is 2; this code reads version 1
          "eddy_version":1          | "eddy_version":"1"       | eddy_version: expected number, found "1"
          "eddy_version":1          | "eddy":1                 | unknown key 'eddy'
          "eddy_version":1          | "task":"tagging"         | not JSON: Duplicate field 'task'
          "lstm"                    | "LSTM"                   | architecture is 'LSTM'; must be one of gru, gru_reset_before, lstm, mgu, rnn_relu, rnn_sigmoid, rnn_tanh
          "lstm"                    | null                     | architecture: expected string, found null
          "input_size":2            | "input_size":2.0         | input_size: expected an integer, found 2.0
          "input_size":2            | "input_size":2e9         | input_size: expected an integer, found 2E+9
          "input_size":2            | "input_size":4294967298  | input_size: expected an integer, found 4294967298
          "hidden_size":3,          | ``                       | hidden_size is missing
          "hidden_size":3           | "hidden_size":0          | hidden_size is 0; must be between 1 and 8192
          "num_layers":1            | "num_layers":65          | num_layers is 65; must be between 1 and 64
          false                     | "no"                     | bidirectional: expected boolean, found "no"
          "tagging"                 | "guessing"               | task is 'guessing'; must be one of classification, language-model, tagging
          ["a","b"]                 | "a"                      | labels: expected array, found "a"
          ["a","b"]                 | []                       | the number of labels is 0; must be between 1 and 65536
          ["a","b"]                 | ["a",1]                  | labels: expected strings, found 1
          ["a","b"]                 | ["a","b","a"]            | labels holds 'a' twice
          ["a","b"]                 | ["a",""]                 | labels holds an empty label
          "kind":"numeric"          | "kind":"image"           | features.kind is 'image'; must be one of numeric, text
          "kind":"numeric"          | "sort":"numeric"         | unknown key 'features.sort'
          [0,1.5]                   | [0]                      | features.mean has 1 numbers, input_size is 2; must be equal
          [0,1.5]                   | [0,1e39]                 | features.mean holds Infinity; must be finite
          [0,1.5]                   | [0,"1"]                  | mean: expected numbers, found "1"
          [1,2]                     | [1,0]                    | features.scale holds 0; features are divided by it
          "lookahead":0             | "lookahead":-1           | lookahead is -1; must be between 0 and 1000
          "lookahead":0             | "dropout":1              | dropout is 1.0; must be at least 0 and below 1
          "lookahead":0             | "dropout":-0.1           | dropout is -0.1; must be at least 0 and below 1
          "lookahead":0             | "dropout":"0"            | dropout: expected number, found "0"
          "lookahead":0             | "residual":1             | residual: expected boolean, found 1
          "lookahead":0             | "layer_norm":null        | layer_norm: expected boolean, found null
          "lookahead":0}            | "lookahead":0} {}        | not JSON:
          "lookahead":0}            | "lookahead":0            | not JSON: Unexpected end-of-input
          "lookahead":0}            | "lookahead":0,}          | not JSON:
          """)
  void whatIsWrongIsNamed(String part, String otherwise, String message) {
    assertTrue(PLAIN.contains(part), part);
    assertMessage(message, PLAIN.replace(part, otherwise));
  }

  @Test
  void otherThanAnObjectIsRefused() {
    assertMessage("expected an object, found [1]", "[1]");
    assertMessage("expected an object, found nothing", "");
    assertMessage(
        "not JSON: Unexpected end-of-input: expected close marker for Object, line 2", "{\n");
  }

  @Test
  void textIsAsWideAsTheInput() {
    String json = ConfigJson.compact(TEXT);
    assertMessage(
        "features.width is 32, input_size is 64; must be equal",
        json.replace("\"width\":64", "\"width\":32"));
    assertMessage(
        "features.rows is 0; must be between 1 and 1048576",
        json.replace("\"rows\":16384", "\"rows\":0"));
    assertMessage("rows is missing", json.replace("\"rows\":16384,", ""));
  }

  @Test
  void shapesArePyTorchs() {
    assertEquals(
        """
        output.bias [2]
        output.weight [2, 6]
        rnn.bias_hh_l0 [12]
        rnn.bias_hh_l0_reverse [12]
        rnn.bias_hh_l1 [12]
        rnn.bias_hh_l1_reverse [12]
        rnn.bias_ih_l0 [12]
        rnn.bias_ih_l0_reverse [12]
        rnn.bias_ih_l1 [12]
        rnn.bias_ih_l1_reverse [12]
        rnn.weight_hh_l0 [12, 3]
        rnn.weight_hh_l0_reverse [12, 3]
        rnn.weight_hh_l1 [12, 3]
        rnn.weight_hh_l1_reverse [12, 3]
        rnn.weight_ih_l0 [12, 2]
        rnn.weight_ih_l0_reverse [12, 2]
        rnn.weight_ih_l1 [12, 6]
        rnn.weight_ih_l1_reverse [12, 6]""",
        Samples.CONFIG.shapes().entrySet().stream()
            .map(shape -> shape.getKey() + " " + Arrays.toString(shape.getValue()))
            .collect(Collectors.joining("\n")));
    assertEquals(12, Samples.CONFIG.stateSize(), "the reverse direction has no state");
    assertArrayEquals(new int[] {16384, 64}, TEXT.shapes().get("embedding.weight"));
    assertArrayEquals(new int[] {24, 64}, TEXT.shapes().get("rnn.weight_ih_l0"));
    assertEquals(8, TEXT.stateSize());
    assertArrayEquals(new int[] {6}, LAYERS.shapes().get("rnn.norm_hh_l1_reverse"));
    assertEquals(26, LAYERS.shapes().size());
  }

  private static ModelConfig read(String json) {
    return ConfigJson.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertMessage(String start, String json) {
    String message = assertThrows(InvalidModelException.class, () -> read(json)).getMessage();
    assertTrue(message.startsWith(start), message);
    assertEquals(1, message.lines().count(), message);
  }
}
