package dev.eddy.bench;

import java.util.List;

/**
 * What tags the events of a job.
 *
 * @param name in the report
 * @param step class of the {@link EventStep} that is called for each event; null where there is
 *     none
 */
record Tagger(String name, String step) {
  /** The job of the product. */
  static final Tagger EDDY = new Tagger("eddy", null);

  /** The same state read and written, and no network. */
  static final Tagger FLOOR = new Tagger("floor", null);

  static final Tagger PLAIN = new Tagger("plain", PlainEventStep.class.getName());

  static final List<Tagger> PEERS =
      List.of(
          new Tagger("onnxruntime", "dev.eddy.bench.peers.OnnxRuntimeEvents"),
          new Tagger("onnxruntime-pinned", "dev.eddy.bench.peers.OnnxRuntimePinnedEvents"));
}
