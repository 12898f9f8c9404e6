package dev.eddy.operators.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GeneratorTest {
  /** The first outputs of the published C code (Vigna, splitmix64.c) for the seed 1234567. */
  @Test
  void isSplitMix64() {
    Generator random = new Generator(1234567);
    assertEquals(6457827717110365317L, random.nextLong());
    assertEquals(3203168211198807973L, random.nextLong());
    assertEquals(-8629252141511181193L, random.nextLong());
  }

  @Test
  void goesOnFromItsState() {
    Generator random = new Generator(5);
    random.normal();
    Generator other = new Generator(random.state());
    assertEquals(random.normal(), other.normal());
    assertEquals(random.uniform(), other.uniform());
  }

  @Test
  void momentsAreThoseOfTheDistributions() {
    Generator random = new Generator(42);
    int n = 100_000;
    double mean = 0;
    double square = 0;
    double uniform = 0;
    for (int i = 0; i < n; i++) {
      double x = random.normal();
      mean += x / n;
      square += x * x / n;
      double u = random.uniform();
      assertTrue(u >= 0 && u < 1);
      uniform += u / n;
    }
    // five standard errors
    assertEquals(0, mean, 5 / Math.sqrt(n));
    assertEquals(1, square, 5 * Math.sqrt(2.0 / n));
    assertEquals(0.5, uniform, 5 * Math.sqrt(1.0 / 12 / n));
  }
}
