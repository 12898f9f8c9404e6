package dev.eddy.bench;

/**
 * A network that is called for one event at a time, by {@link PerEventFunction}. Made by the name
 * of its class, with the {@link Case} of a single row.
 */
public interface EventStep extends AutoCloseable {
  /**
   * One timestep of one sequence.
   *
   * @param x {@code [d]}
   * @param state {@code [layers x (h, c)]} before it
   * @param next the same after it, written
   * @return logits {@code [labels]}
   */
  float[] step(float[] x, float[] state, float[] next) throws Exception;

  @Override
  void close();
}
