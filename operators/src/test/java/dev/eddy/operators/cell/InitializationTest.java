package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @ParameterizedTest
  @EnumSource(names = {"GLOROT", "ORTHOGONAL"})
  void everyBlockIsDrawnByItselfAndBiasesAreZero(Initialization initialization) {
    Map<String, float[]> tensors = initialization.draw("m", CONFIG, 1).tensors();
    for (Map.Entry<String, int[]> tensor : CONFIG.shapes().entrySet()) {
      String name = tensor.getKey();
      float[] values = tensors.get(name);
      if (tensor.getValue().length == 1) {
        assertArrayEquals(new float[values.length], values, name);
        continue;
      }
      if (name.equals("embedding.weight")) {
        continue;
      }
      int columns = tensor.getValue()[1];
      int rows = name.startsWith("rnn.") ? 16 : 3;
      double bound = Math.sqrt(6.0 / (rows + columns));
      for (int from = 0; from < values.length; from += rows * columns) {
        float[] block = Arrays.copyOfRange(values, from, from + rows * columns);
        if (name.contains("_hh_") && initialization == Initialization.ORTHOGONAL) {
          assertOrthogonal(block, 16);
        } else {
          double greatest = 0;
          for (float value : block) {
            greatest = Math.max(greatest, Math.abs(value));
          }
          assertTrue(greatest <= bound && greatest > 0.9 * bound, name + " " + greatest);
        }
      }
    }
    assertArrayEquals(
        Initialization.fresh("m", CONFIG, 1).tensors().get("embedding.weight"),
        tensors.get("embedding.weight"));
  }

  private static void assertOrthogonal(float[] block, int n) {
    for (int r = 0; r < n; r++) {
      for (int other = 0; other < n; other++) {
        double product = 0;
        for (int c = 0; c < n; c++) {
          product += (double) block[r * n + c] * block[other * n + c];
        }
        assertEquals(r == other ? 1 : 0, product, 1e-6);
      }
    }
  }

  @Test
  void sameSeedGivesTheSameBitsOnEveryJvm() {
    assertEquals(1687144375L, bits(Initialization.PYTORCH));
    assertEquals(1628838812L, bits(Initialization.GLOROT));
    assertEquals(2544815940L, bits(Initialization.ORTHOGONAL));
  }

  private static long bits(Initialization initialization) {
    CRC32 crc = new CRC32();
    initialization
        .draw("m", CONFIG, 7)
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
    return crc.getValue();
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
