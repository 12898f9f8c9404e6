package dev.eddy.bench;

import java.util.Arrays;

/** The equations in double, for an event. */
final class PlainEventStep implements EventStep {
  private final Case of;
  private final Parameters parameters;

  PlainEventStep(Case of) {
    this.of = of;
    this.parameters = Parameters.of(of);
  }

  @Override
  public float[] step(float[] x, float[] state, float[] next) {
    double[] below = doubles(x, 0, x.length);
    for (int k = 0; k < of.layers(); k++) {
      int at = 2 * k * of.h();
      double[] h = doubles(state, at, of.h());
      double[] c = doubles(state, at + of.h(), of.h());
      PlainNetwork.step(of, parameters.layers().get(k), below, h, c);
      for (int i = 0; i < of.h(); i++) {
        next[at + i] = (float) h[i];
        next[at + of.h() + i] = (float) c[i];
      }
      below = h;
    }
    float[] logits = new float[of.labels()];
    for (int label = 0; label < logits.length; label++) {
      double sum = PlainNetwork.dot(parameters.output(), label, below);
      logits[label] = (float) (parameters.outputBias()[label] + sum);
    }
    return logits;
  }

  private static double[] doubles(float[] values, int from, int count) {
    double[] copy = new double[count];
    Arrays.setAll(copy, i -> values[from + i]);
    return copy;
  }

  @Override
  public void close() {}
}
