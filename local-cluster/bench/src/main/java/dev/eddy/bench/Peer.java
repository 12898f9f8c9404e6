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

  private static final Peer DJL = peer("djl", "DeepJavaLibrary");

  static final Peer DL4J = new Peer("dl4j", "dl4j", "dev.eddy.bench.dl4j.DeepLearning4j");

  /** Those with a part in the forward step. */
  static final List<Peer> OF_STEPS =
      List.of(
          peer("onnxruntime-pinned", "OnnxRuntimePinned"),
          peer("onnxruntime", "OnnxRuntime"),
          DJL,
          peer("onednn", "OneDnn"),
          DL4J);

  /** Eddy in clean JVMs, others for each case: two, since two JVMs are never alike. */
  static final List<Peer> OF_STEPS_AFTER_OTHERS =
      List.of(
          new Peer("eddy-alone", null, EddyAlone.class.getName()),
          new Peer("eddy-alone-2", null, EddyAlone.class.getName()));

  /** Those with a part in the product. */
  static final List<Peer> OF_PRODUCTS = List.of(peer("openblas", "OpenBlas"), peer("mkl", "Mkl"));

  /** Those that learn. */
  static final List<Peer> OF_TRAINING = List.of(DJL, DL4J);

  private static Peer peer(String name, String type) {
    return new Peer(name, "peers", "dev.eddy.bench.peers." + type);
  }
}
