package dev.eddy.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What one core can do at most: the case {@code fma}, multiplications and additions with all
 * operands in registers, and the case {@code l2}, reading memory that fits the second cache and not
 * the first. The output is what one run does: floating point operations, or bytes.
 */
final class Limits implements Contestant {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** 1 MiB. */
  private static final int L2_FLOATS = 1 << 18;

  private static final int REPEATS = 10_000;

  Limits() {}

  @Override
  public Run prepare(Case of) {
    return of.name().equals("fma") ? new Fma() : new Reading();
  }

  @Override
  public String version() {
    return SPECIES.toString();
  }

  private static final class Fma implements Run {
    private float sum;

    @Override
    public void run() {
      sum += chains(sum);
    }

    /** Twelve chains that do not wait for each other: more than two units keep in flight. */
    private static float chains(float start) {
      FloatVector a = FloatVector.broadcast(SPECIES, 0.5f);
      FloatVector b = FloatVector.broadcast(SPECIES, start);
      FloatVector y0 = a;
      FloatVector y1 = a;
      FloatVector y2 = a;
      FloatVector y3 = a;
      FloatVector y4 = a;
      FloatVector y5 = a;
      FloatVector y6 = a;
      FloatVector y7 = a;
      FloatVector y8 = a;
      FloatVector y9 = a;
      FloatVector y10 = a;
      FloatVector y11 = a;
      for (int i = 0; i < REPEATS; i++) {
        y0 = y0.fma(a, b);
        y1 = y1.fma(a, b);
        y2 = y2.fma(a, b);
        y3 = y3.fma(a, b);
        y4 = y4.fma(a, b);
        y5 = y5.fma(a, b);
        y6 = y6.fma(a, b);
        y7 = y7.fma(a, b);
        y8 = y8.fma(a, b);
        y9 = y9.fma(a, b);
        y10 = y10.fma(a, b);
        y11 = y11.fma(a, b);
      }
      FloatVector left = y0.add(y1).add(y2).add(y3).add(y4).add(y5);
      FloatVector right = y6.add(y7).add(y8).add(y9).add(y10).add(y11);
      return left.add(right).reduceLanes(VectorOperators.MAX);
    }

    @Override
    public float[] outputs() {
      return new float[] {2f * 12 * SPECIES.length() * REPEATS};
    }

    @Override
    public void close() {}
  }

  private static final class Reading implements Run {
    private final float[] values = new float[L2_FLOATS];
    private float sum;

    @Override
    public void run() {
      sum += sum(values);
    }

    private static float sum(float[] values) {
      int length = SPECIES.length();
      FloatVector s0 = FloatVector.zero(SPECIES);
      FloatVector s1 = s0;
      FloatVector s2 = s0;
      FloatVector s3 = s0;
      for (int i = 0; i < values.length; i += 4 * length) {
        s0 = s0.add(FloatVector.fromArray(SPECIES, values, i));
        s1 = s1.add(FloatVector.fromArray(SPECIES, values, i + length));
        s2 = s2.add(FloatVector.fromArray(SPECIES, values, i + 2 * length));
        s3 = s3.add(FloatVector.fromArray(SPECIES, values, i + 3 * length));
      }
      return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
    }

    @Override
    public float[] outputs() {
      return new float[] {4f * L2_FLOATS};
    }

    @Override
    public void close() {}
  }
}
