package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;

/** The matrix product inside a step, with the weights laid out as the kernel keeps them. */
final class EddyProduct implements Contestant.Run {
  private final Kernel kernel;
  private final Scope scope;
  private final Tensor xh;
  private final Panels weights;
  private final Tensor y;

  EddyProduct(Kernel kernel, Case of) {
    this.kernel = kernel;
    this.scope = kernel.open();
    int outputs = of.blocks() * of.h();
    this.xh = EddyStep.load(scope, of.batch(), Parameters.xh(of));
    this.weights = kernel.affinePanels(scope, of.d() + of.h(), outputs);
    this.y = scope.allocate(of.batch(), outputs);
    try (Scope loading = kernel.open()) {
      float[] joined = Parameters.of(of).joined(of);
      kernel.packAffine(EddyStep.load(loading, outputs, joined), null, weights);
    }
  }

  @Override
  public float[] outputs() {
    run();
    return y.get();
  }

  @Override
  public void run() {
    kernel.affine(xh, weights, y);
  }

  @Override
  public void close() {
    scope.close();
  }
}
