package dev.eddy.bench.peers;

import dev.eddy.bench.Case;
import dev.eddy.bench.Contestant;
import dev.eddy.bench.Parameters;
import org.bytedeco.javacpp.FloatPointer;

/** The operands of a product, {@code y [m, n] = xh [m, k] weights [n, k]}ᵀ, off the heap. */
final class Product {
  final int m;
  final int n;
  final int k;
  final FloatPointer xh;
  final FloatPointer weights;
  final FloatPointer y;

  Product(Case of) {
    if (!of.name().equals(Case.PRODUCT)) {
      throw new UnsupportedOperationException("a library of matrices has only products");
    }
    m = of.batch();
    n = of.blocks() * of.h();
    k = of.d() + of.h();
    xh = new FloatPointer(Parameters.xh(of));
    weights = new FloatPointer(Parameters.of(of).joined(of));
    y = new FloatPointer((long) m * n);
  }

  /** A case that is ready, given what computes y. */
  Contestant.Run of(Runnable compute) {
    return new Contestant.Run() {
      @Override
      public float[] outputs() {
        compute.run();
        float[] outputs = new float[m * n];
        y.get(outputs);
        return outputs;
      }

      @Override
      public void run() {
        compute.run();
      }

      @Override
      public void close() {
        xh.close();
        weights.close();
        y.close();
      }
    };
  }
}
