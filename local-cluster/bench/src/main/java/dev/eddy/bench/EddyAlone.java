package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernels;

/** Eddy's step in a JVM that runs nothing else: the peer of a step after others. */
final class EddyAlone implements Contestant {
  EddyAlone() {}

  @Override
  public Run prepare(Case of) {
    return new EddyStep(Kernels.best(), of);
  }

  @Override
  public String version() {
    return Kernels.best().name() + " kernel";
  }
}
