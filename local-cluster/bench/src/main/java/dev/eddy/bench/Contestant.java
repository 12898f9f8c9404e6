package dev.eddy.bench;

import java.util.List;

/** Eddy, or something that it is measured against. Made by its name in a process of its own. */
public interface Contestant {
  /**
   * Makes what a case asks for.
   *
   * @throws UnsupportedOperationException saying why this contestant has no part in the case
   */
  Run prepare(Case of) throws Exception;

  /** Where it works and with what, for the report. */
  String version() throws Exception;

  /** A case that is ready. */
  interface Run extends AutoCloseable {
    /**
     * The outputs that are compared, from the zero state and before anything else is run: of a step
     * the logits {@code [batch, labels]} of each of {@link Parameters#COMPARED} timesteps one after
     * the other; of a product its result {@code [batch, blocks h]}; of learning the mean loss of
     * each of that many mini-batches, all the same, or with tokens all different.
     */
    float[] outputs() throws Exception;

    /** Once what is timed: one step, from the state that the last one left, or one mini-batch. */
    void run() throws Exception;

    /** Threads of this process that work in a run. */
    default List<Thread> threads() {
      return List.of(Thread.currentThread());
    }

    @Override
    void close();
  }
}
