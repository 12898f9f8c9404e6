package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class InitializationTest {
  private static final ModelConfig CONFIG =
      new ModelConfig(
          "lstm",
          8,
          16,
          2,
          false,
          "tagging",
          List.of("a", "b", "c"),
          new ModelConfig.Text(500, 8),
          0);

  @Test
  void hasEveryTensorOfTheConfig() {
    ModelSnapshot model = Initialization.fresh("m", CONFIG, 1);
    assertEquals(CONFIG.shapes().keySet(), model.tensors().keySet());
    CONFIG
        .shapes()
        .forEach(
            (name, shape) -> {
              int n = 1;
              for (int size : shape) {
                n *= size;
              }
              assertEquals(n, model.tensors().get(name).length, name);
            });
    assertEquals(0, model.version());
    assertEquals(-1, model.parent());
    assertEquals(0, model.steps());
  }

  @Test
  void drawsFromPyTorchsDistributions() {
    ModelSnapshot model = Initialization.fresh("m", CONFIG, 1);
    model
        .tensors()
        .forEach(
            (name, values) -> {
              double square = 0;
              double greatest = 0;
              for (float value : values) {
                square += (double) value * value / values.length;
                greatest = Math.max(greatest, Math.abs(value));
              }
              if (name.equals("embedding.weight")) {
                assertEquals(0.05, Math.sqrt(square), 0.003);
              } else {
                assertTrue(greatest <= 0.25, name);
                assertTrue(values.length < 100 || greatest > 0.24, name);
                assertTrue(values.length < 100 || Math.abs(Math.sqrt(3 * square) - 0.25) < 0.02);
              }
            });
  }

  @Test
  void sameSeedGivesTheSameBitsOnEveryJvm() {
    CRC32 crc = new CRC32();
    Initialization.fresh("m", CONFIG, 7)
        .tensors()
        .values()
        .forEach(
            values -> {
              for (float value : values) {
                int bits = Float.floatToRawIntBits(value);
                for (int shift = 0; shift < 32; shift += 8) {
                  crc.update(bits >>> shift);
                }
              }
            });
    assertEquals(1687144375L, crc.getValue());
  }

  @Test
  void otherSeedGivesOtherWeights() {
    float[] one = Initialization.fresh("m", CONFIG, 1).tensors().get("output.weight");
    float[] two = Initialization.fresh("m", CONFIG, 2).tensors().get("output.weight");
    assertThrows(AssertionError.class, () -> assertArrayEquals(one, two));
  }

  @Test
  void whatThisVersionCannotRunIsRefusedByName() {
    refused(
        "bidirectional is true; a language model must not read what it is to predict",
        new ModelConfig("lstm", 8, 16, 1, true, "language-model", List.of("a"), null, 0));
    refused(
        "lookahead is 1; this version runs only 0",
        new ModelConfig("lstm", 8, 16, 1, false, "tagging", List.of("a"), null, 1));
  }

  private static void refused(String message, ModelConfig config) {
    Exception refusal =
        assertThrows(IllegalArgumentException.class, () -> Initialization.fresh("m", config, 1));
    assertEquals(message, refusal.getMessage());
  }
}
