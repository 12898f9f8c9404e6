package dev.eddy.bench;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.operators.tensor.Panels;
import dev.eddy.operators.tensor.Scope;
import dev.eddy.operators.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The matrix product inside a step, with the weights laid out as the kernel keeps them. Two threads
 * share the rows, each with weights of its own, as in {@link EddyStep}.
 */
final class EddyProduct implements Contestant.Run {
  private final Scope scope;
  private final Tensor y;
  private final Pieces pieces;

  EddyProduct(Kernel kernel, Case of) {
    this.scope = kernel.open();
    int outputs = of.blocks() * of.h();
    Tensor xh = EddyStep.load(scope, of.batch(), Parameters.xh(of));
    this.y = scope.allocate(of.batch(), outputs);
    List<Runnable> halves = new ArrayList<>();
    try (Scope loading = kernel.open()) {
      Tensor joined = EddyStep.load(loading, outputs, Parameters.of(of).joined(of));
      int threads = of.eddyThreads();
      for (int i = 0; i < threads; i++) {
        int from = i * of.batch() / threads;
        int count = (i + 1) * of.batch() / threads - from;
        Panels weights = kernel.affinePanels(scope, of.d() + of.h(), outputs);
        kernel.packAffine(joined, null, weights);
        Tensor left = xh.rows(from, count);
        Tensor result = y.rows(from, count);
        halves.add(() -> kernel.affine(left, weights, result));
      }
    }
    this.pieces = new Pieces(halves);
  }

  @Override
  public float[] outputs() {
    run();
    return y.get();
  }

  @Override
  public void run() {
    pieces.run();
  }

  @Override
  public List<Thread> threads() {
    return pieces.threads();
  }

  @Override
  public void close() {
    pieces.close();
    scope.close();
  }
}
