package dev.eddy.operators.tensor;

/** Softmax and its cross entropy in the scalar kernel; exponentials are summed in double. */
final class ScalarOutput {
  private ScalarOutput() {}

  static void softmax(Tensor x, Tensor y) {
    for (int r = 0; r < x.rows(); r++) {
      softmaxRow(x, y, r);
    }
  }

  static void argmax(Tensor x, int[] indices) {
    float[] xs = HeapMemory.of(x);
    for (int r = 0; r < x.rows(); r++) {
      int xr = x.offset + r * x.stride;
      int best = 0;
      for (int j = 1; j < x.columns(); j++) {
        if (xs[xr + j] > xs[xr + best]) {
          best = j;
        }
      }
      indices[r] = best;
    }
  }

  static void crossEntropy(Tensor logits, int[] labels, Tensor probabilities, Tensor losses) {
    float[] xs = HeapMemory.of(logits);
    float[] lossArray = HeapMemory.of(losses);
    for (int r = 0; r < logits.rows(); r++) {
      double logSum = softmaxRow(logits, probabilities, r);
      int label = labels[r];
      lossArray[losses.offset + r * losses.stride] =
          label < 0 ? 0 : (float) (logSum - xs[logits.offset + r * logits.stride + label]);
    }
  }

  static void crossEntropyGradient(
      Tensor probabilities, int[] labels, Tensor dLosses, Tensor dLogits) {
    float[] ps = HeapMemory.of(probabilities);
    float[] dLossArray = HeapMemory.of(dLosses);
    float[] dxs = HeapMemory.of(dLogits);
    for (int r = 0; r < probabilities.rows(); r++) {
      if (labels[r] >= 0) {
        float dLoss = dLossArray[dLosses.offset + r * dLosses.stride];
        int pr = probabilities.offset + r * probabilities.stride;
        int dxr = dLogits.offset + r * dLogits.stride;
        ScalarKernel.addRow(dLoss, ps, pr, dxs, dxr, probabilities.columns());
        dxs[dxr + labels[r]] -= dLoss;
      }
    }
  }

  /** Row r of y = softmax of row r of x; the log of the sum of the exponentials of x. */
  private static double softmaxRow(Tensor x, Tensor y, int r) {
    float[] xs = HeapMemory.of(x);
    float[] ys = HeapMemory.of(y);
    int xr = x.offset + r * x.stride;
    int yr = y.offset + r * y.stride;
    float greatest = xs[xr];
    for (int j = 1; j < x.columns(); j++) {
      greatest = Math.max(greatest, xs[xr + j]);
    }
    double sum = 0;
    for (int j = 0; j < x.columns(); j++) {
      double e = StrictMath.exp((double) xs[xr + j] - greatest);
      ys[yr + j] = (float) e;
      sum += e;
    }
    float inverse = (float) (1 / sum);
    for (int j = 0; j < x.columns(); j++) {
      ys[yr + j] *= inverse;
    }
    return greatest + StrictMath.log(sum);
  }
}
