package dev.eddy.operators.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.eddy.serialization.ConfigJson;
import dev.eddy.serialization.ModelConfig;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShapesTest {
  private static final String CONFIG =
      """
      {"architecture":"gru","input_size":3,"hidden_size":8,"num_layers":2,"bidirectional":false,
       "task":"tagging","labels":["low","high"],"features":{"kind":"numeric"},"lookahead":0,
       "residual":false,"dropout":0,"layer_norm":false}
      """;

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "\"gru\"|\"mgu\"|architecture is gru and mgu",
        "\"input_size\":3|\"input_size\":4|input_size is 3 and 4",
        "\"hidden_size\":8|\"hidden_size\":9|hidden_size is 8 and 9",
        "\"num_layers\":2|\"num_layers\":1|num_layers is 2 and 1",
        "\"bidirectional\":false|\"bidirectional\":true|bidirectional is false and true",
        "\"tagging\"|\"classification\"|task is tagging and classification",
        "\"low\"|\"lower\"|label 0 is 'low' and 'lower'",
        "\"low\",|\"low\",\"mid\",|the number of labels is 2 and 3",
        "\"low\",\"high\"|\"high\",\"low\"|label 0 is 'low' and 'high'",
        "\"lookahead\":0|\"lookahead\":1|lookahead is 0 and 1",
        "\"residual\":false|\"residual\":true|residual is false and true",
        "\"layer_norm\":false|\"layer_norm\":true|layer_norm is false and true",
        "{\"kind\":\"numeric\"}|{\"kind\":\"text\",\"rows\":9,\"width\":3}"
            + "|features is numeric and text in 9 rows",
      })
  void whatDiffersIsNamedWithBothValues(String before, String after, String named) {
    ModelConfig a = config(CONFIG);
    ModelConfig b = config(CONFIG.replace(before, after));
    assertEquals(named, Shapes.differences(a, b));
  }

  @Test
  void labelsThatDifferBehindWhatIsShownDiffer() {
    String shown = "l".repeat(200);
    assertNotEquals(
        "",
        Shapes.differences(
            config(CONFIG.replace("high", shown + "x")),
            config(CONFIG.replace("high", shown + "y"))));
  }

  @Test
  void weightsScaleAndDropoutAreNoDifference() {
    String other =
        CONFIG
            .replace("\"dropout\":0", "\"dropout\":0.5")
            .replace("\"numeric\"", "\"numeric\",\"mean\":[1,2,3],\"scale\":[1,2,3]");
    assertEquals("", Shapes.differences(config(CONFIG), config(other)));
    assertEquals(
        "hidden_size is 8 and 4, label 1 is 'high' and 'top'",
        Shapes.differences(
            config(CONFIG),
            config(
                CONFIG.replace("\"hidden_size\":8", "\"hidden_size\":4").replace("high", "top"))));
  }

  private static ModelConfig config(String json) {
    return ConfigJson.read(json.getBytes(StandardCharsets.UTF_8));
  }
}
