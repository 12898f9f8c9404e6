package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Kernels;

/** Eddy itself, as the jobs call it. */
final class EddyContestant implements Contestant {
  private final Kernel kernel = Kernels.best();

  EddyContestant() {}

  @Override
  public Run prepare(Case of) {
    return switch (of.name()) {
      case Case.STEP -> new EddyStep(kernel, of);
      case Case.PRODUCT -> new EddyProduct(kernel, of);
      default -> throw new UnsupportedOperationException("eddy has no " + of.name());
    };
  }

  @Override
  public String version() {
    return kernel.name() + " kernel, Java " + Runtime.version().feature();
  }
}
