package dev.eddy.bench;

import java.util.List;

/**
 * A contestant by name.
 *
 * @param name in the report
 * @param module whose folder has its classes and its class path; null for this one
 * @param type its class
 */
record Peer(String name, String module, String type) {
  static final Peer EDDY = new Peer("eddy", null, "dev.eddy.bench.EddyContestant");
  static final Peer LIMITS = new Peer("limits", null, "dev.eddy.bench.Limits");

  /** Those with a part in the forward step. */
  static final List<Peer> OF_STEPS =
      List.of(
          new Peer("onnxruntime-pinned", "peers", "dev.eddy.bench.peers.OnnxRuntimePinned"),
          new Peer("onnxruntime", "peers", "dev.eddy.bench.peers.OnnxRuntime"));
}
