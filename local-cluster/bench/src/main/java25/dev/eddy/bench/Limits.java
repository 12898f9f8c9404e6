package dev.eddy.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What one core can do at most: the case {@code fma}, multiplications and additions with all
 * operands in registers, and the case {@code l2}, reading aligned memory that fits the second cache
 * and not the first. The output is what one run does: floating point operations, or bytes.
 */
final class Limits implements Contestant {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  private static final long L2_BYTES =
      bytes(Path.of("/sys/devices/system/cpu/cpu0/cache/index2/size"));

  /** That of a cache line: a vector that lies in two of them is read twice. */
  private static final long ALIGNMENT = 64;

  private static final int CHAINS = 12;
  private static final int REPEATS = 10_000;

  Limits() {}

  /**
   * Ten times the first cache of a core, or half of a second one that is small.
   *
   * @param size file that has the size of the second cache as Linux writes it: {@code 2048K}
   */
  static long bytes(Path size) {
    long most = 512 << 10;
    try {
      return Math.min(most, Long.parseLong(Files.readString(size).strip().replace("K", "")) << 9);
    } catch (IOException | NumberFormatException e) {
      return most;
    }
  }

  @Override
  public Run prepare(Case of) {
    return of.name().equals("fma") ? new Fma() : new Reading();
  }

  @Override
  public String version() {
    return SPECIES.toString();
  }

  private static final class Fma implements Run {
    private float start = 0.5f;

    @Override
    public void run() {
      start = chains(start);
    }

    /**
     * Chains {@code y = y / 2 + 1 / 2} that do not wait for each other, more than two units keep in
     * flight; all tend to 1, so that no number becomes subnormal, which takes longer.
     */
    private static float chains(float start) {
      FloatVector a = FloatVector.broadcast(SPECIES, 0.5f);
      FloatVector y0 = a.mul(start);
      FloatVector y1 = a.mul(start + 1);
      FloatVector y2 = a.mul(start + 2);
      FloatVector y3 = a.mul(start + 3);
      FloatVector y4 = a.mul(start + 4);
      FloatVector y5 = a.mul(start + 5);
      FloatVector y6 = a.mul(start + 6);
      FloatVector y7 = a.mul(start + 7);
      FloatVector y8 = a.mul(start + 8);
      FloatVector y9 = a.mul(start + 9);
      FloatVector y10 = a.mul(start + 10);
      FloatVector y11 = a.mul(start + 11);
      for (int i = 0; i < REPEATS; i++) {
        y0 = y0.fma(a, a);
        y1 = y1.fma(a, a);
        y2 = y2.fma(a, a);
        y3 = y3.fma(a, a);
        y4 = y4.fma(a, a);
        y5 = y5.fma(a, a);
        y6 = y6.fma(a, a);
        y7 = y7.fma(a, a);
        y8 = y8.fma(a, a);
        y9 = y9.fma(a, a);
        y10 = y10.fma(a, a);
        y11 = y11.fma(a, a);
      }
      FloatVector left = y0.min(y1).min(y2).min(y3).min(y4).min(y5).min(y6).min(y7);
      FloatVector right = y8.min(y9).min(y10).min(y11);
      return left.min(right).reduceLanes(VectorOperators.MIN);
    }

    @Override
    public float[] outputs() {
      return new float[] {2f * CHAINS * SPECIES.length() * REPEATS};
    }

    @Override
    public void close() {}
  }

  private static final class Reading implements Run {
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment values = arena.allocate(L2_BYTES, ALIGNMENT);
    private float sum;

    @Override
    public void run() {
      sum += sum(values);
    }

    private static FloatVector at(MemorySegment values, long offset) {
      return FloatVector.fromMemorySegment(SPECIES, values, offset, ByteOrder.nativeOrder());
    }

    /** Eight sums, so that none waits for the one before it. */
    private static float sum(MemorySegment values) {
      int bytes = SPECIES.vectorByteSize();
      FloatVector s0 = FloatVector.zero(SPECIES);
      FloatVector s1 = FloatVector.zero(SPECIES);
      FloatVector s2 = FloatVector.zero(SPECIES);
      FloatVector s3 = FloatVector.zero(SPECIES);
      FloatVector s4 = FloatVector.zero(SPECIES);
      FloatVector s5 = FloatVector.zero(SPECIES);
      FloatVector s6 = FloatVector.zero(SPECIES);
      FloatVector s7 = FloatVector.zero(SPECIES);
      for (long i = 0; i < L2_BYTES; i += 8 * bytes) {
        s0 = s0.add(at(values, i));
        s1 = s1.add(at(values, i + bytes));
        s2 = s2.add(at(values, i + 2 * bytes));
        s3 = s3.add(at(values, i + 3 * bytes));
        s4 = s4.add(at(values, i + 4 * bytes));
        s5 = s5.add(at(values, i + 5 * bytes));
        s6 = s6.add(at(values, i + 6 * bytes));
        s7 = s7.add(at(values, i + 7 * bytes));
      }
      FloatVector left = s0.add(s1).add(s2.add(s3));
      FloatVector right = s4.add(s5).add(s6.add(s7));
      return left.add(right).reduceLanes(VectorOperators.ADD);
    }

    @Override
    public float[] outputs() {
      return new float[] {L2_BYTES};
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
