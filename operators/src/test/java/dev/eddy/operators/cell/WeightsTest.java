package dev.eddy.operators.cell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.operators.graph.Filter;
import dev.eddy.operators.graph.Generator;
import dev.eddy.operators.graph.Grid;
import dev.eddy.operators.graph.Node;
import dev.eddy.operators.graph.Packing;
import dev.eddy.operators.graph.Parameter;
import dev.eddy.operators.graph.Recurrent;
import dev.eddy.operators.graph.Tape;
import dev.eddy.operators.tensor.Cell;
import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights by name: made once, shared, drawn to the bit; and how they are drawn. */
class WeightsTest {
  private final Kernel kernel = Kernels.best();

  @Test
  void aNameUsedAgainIsTheSameWeightOnAnyTape() {
    try (Weights weights = new Weights(kernel, 1);
        Tape one = new Tape(kernel);
        Tape other = new Tape(kernel)) {
      weights.affine(one, "layer", one.constant(2, 3), 4);
      Node weight = weights.get("layer.weight", 4, 3, Initial.ZEROS);
      weights.affine(other, "layer", other.constant(7, 3), 4);
      assertEquals(2, weights.parameters().size());
      assertSame(weight, weights.parameters().get(0).node());
      weights.embedding(one, "words", 5, 2, new int[] {4});
      weights.embedding(other, "words", 5, 2, new int[] {0, 1});
      assertEquals(1, weights.tables().size());
      refused(
          "weights: layer.weight is 4x3; here it must be 4x5",
          () -> weights.affine(one, "layer", one.constant(2, 5), 4));
      refused(
          "weights: words is 5x2; here it must be 6x2",
          () -> weights.embedding(one, "words", 6, 2, new int[] {4}));
      refused(
          "weights: layer.bias is a vector; here it must be a matrix",
          () -> weights.get("layer.bias", 1, 4, Initial.ZEROS));
      refused(
          "weights: words is an embedding table; here it must be a matrix",
          () -> weights.get("words", 5, 2, Initial.ZEROS));
      refused(
          "weights: layer.weight is a matrix or a vector; here it must be an embedding table",
          () -> weights.embedding(one, "layer.weight", 4, 3, new int[] {0}));
      refused("weights: there is no other", () -> weights.set(Map.of("other", new float[1])));
    }
  }

  @Test
  void aSeedGivesTheSameBitsAndAnotherOthers() {
    float[] first = drawn(1);
    assertArrayEquals(first, drawn(1));
    assertTrue(first[0] != drawn(2)[0]);
  }

  private float[] drawn(long seed) {
    try (Weights weights = new Weights(kernel, seed);
        Tape tape = new Tape(kernel)) {
      weights.affine(tape, "a", tape.constant(1, 3), 4);
      weights.affine(tape, "b", tape.constant(1, 4), 4);
      return weights.copy().get("b.weight");
    }
  }

  @Test
  void copiesCanBeSetAgain() {
    try (Weights weights = new Weights(kernel, 3);
        Tape tape = new Tape(kernel)) {
      weights.affine(tape, "a", tape.constant(1, 3), 4);
      weights.embedding(tape, "words", 5, 2, new int[] {4});
      Map<String, float[]> copy = weights.copy();
      assertEquals(3, copy.size());
      for (Parameter parameter : weights.parameters()) {
        kernel.fill(parameter.node().value(), 9);
      }
      kernel.fill(weights.tables().get(0).value(), 9);
      weights.set(copy);
      weights.copy().forEach((name, values) -> assertArrayEquals(copy.get(name), values, name));
    }
  }

  @ParameterizedTest
  @CsvSource({"FAN_IN, 0.2", "GLOROT, 0.2828427"})
  void uniformWeightsFillTheirBound(Initial initial, double bound) {
    // 25 inputs, 50 outputs: 1/√25 and √(6/75)
    float[] values = initial.values(50, 25, new Generator(5));
    double squares = 0;
    double greatest = 0;
    for (float value : values) {
      greatest = Math.max(greatest, Math.abs(value));
      squares += value * value;
    }
    assertTrue(greatest <= bound && greatest > 0.99 * bound, initial + " reaches " + greatest);
    assertEquals(bound * bound / 3, squares / values.length, 0.1 * bound * bound / 3);
  }

  /** U(-1/√n, 1/√n), biases too: n is what a unit reads, of a recurrent layer its units. */
  @Test
  void layersAreDrawnAsPyTorchDoes() {
    try (Weights weights = new Weights(kernel, 7);
        Tape tape = new Tape(kernel)) {
      weights.affine(tape, "layer", tape.node(1, 25), 300);
      weights.convolution(
          tape, "filter", new Grid(tape.node(9, 4), 3, 3), Filter.square(2, 1, 0), 300);
      for (Cell cell : Cell.values()) {
        weights.recurrent(cell.name(), cell, 36, 64);
      }
      Map<String, float[]> copy = weights.copy();
      copy.forEach(
          (name, values) -> {
            double bound =
                name.startsWith("layer") ? 0.2 : name.startsWith("filter") ? 0.25 : 0.125;
            double greatest = 0;
            double squares = 0;
            for (float value : values) {
              greatest = Math.max(greatest, Math.abs(value));
              squares += value * value / values.length;
            }
            // 64 numbers or more: the greatest is below 0.9 of the bound once in 850, by the seed
            assertTrue(greatest <= bound && greatest > 0.9 * bound, name + " reaches " + greatest);
            assertEquals(bound / Math.sqrt(3), Math.sqrt(squares), 0.1 * bound, name);
          });
      assertEquals(4 + 4 * Cell.values().length, copy.size());
      CRC32 crc = new CRC32();
      copy.values()
          .forEach(
              values -> {
                ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
                bytes.asFloatBuffer().put(values);
                crc.update(bytes);
              });
      assertEquals(3133893210L, crc.getValue(), "the same bits on every machine");
    }
  }

  @ParameterizedTest
  @CsvSource({"7, 7", "3, 20", "20, 3", "1, 5"})
  void orthogonalWeightsAre(int rows, int columns) {
    assertOrthogonal(Initial.ORTHOGONAL.values(rows, columns, new Generator(8)), rows, columns);
  }

  /** As PyTorch's users do it, gate by gate: the stack of the blocks is not orthogonal itself. */
  @ParameterizedTest
  @EnumSource
  void recurrentWeightsAreOrthogonalInEachBlock(Cell cell) {
    try (Weights weights = new Weights(kernel, 6);
        Tape tape = new Tape(kernel)) {
      var drawn = weights.recurrent("rnn", cell, 3, 5, Initial.GLOROT, Initial.ORTHOGONAL);
      double bound = Math.sqrt(6.0 / 8);
      double greatest = 0;
      for (float w : drawn.weightIh().value().get()) {
        greatest = Math.max(greatest, Math.abs(w));
      }
      assertTrue(greatest <= bound && greatest > 0.8 * bound, "reaches " + greatest);
      float[][] blocks = new float[cell.blocks()][];
      for (int i = 0; i < blocks.length; i++) {
        blocks[i] = drawn.weightHh().rows(5 * i, 5).value().get();
        assertOrthogonal(blocks[i], 5, 5);
        assertTrue(i == 0 || !Arrays.equals(blocks[0], blocks[i]), "block " + i);
      }
      assertArrayEquals(new float[5 * cell.blocks()], drawn.biasHh().value().get());
      Node x = tape.constant(2, 3);
      weights.recurrent(tape, "rnn", cell, Recurrent.Direction.FORWARD, new Packing(2), x, null, 5);
      assertEquals(4, weights.parameters().size());
    }
  }

  private static void assertOrthogonal(float[] w, int rows, int columns) {
    boolean wide = rows <= columns;
    int count = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j <= i; j++) {
        double product = 0;
        for (int k = 0; k < length; k++) {
          product +=
              wide
                  ? (double) w[i * columns + k] * w[j * columns + k]
                  : (double) w[k * columns + i] * w[k * columns + j];
        }
        assertEquals(i == j ? 1 : 0, product, 1e-6, i + " by " + j);
      }
    }
  }

  private static void refused(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
