package dev.eddy.operators.tensor;

/**
 * Element-wise functions, choices and layer normalisation in the scalar kernel: evaluated in
 * double, by StrictMath, and rounded once.
 */
final class ScalarElements {
  private ScalarElements() {}

  static void map(Function f, Tensor x, Tensor y) {
    float[] xs = HeapMemory.of(x);
    float[] ys = HeapMemory.of(y);
    for (int r = 0; r < y.rows(); r++) {
      int xr = x.offset + r * x.stride;
      int yr = y.offset + r * y.stride;
      for (int j = 0; j < y.columns(); j++) {
        float v = xs[xr + j];
        ys[yr + j] =
            switch (f) {
              case LINEAR -> v;
              case SIGMOID -> sigmoid(v);
              case TANH -> (float) StrictMath.tanh(v);
              case RELU -> v > 0 ? v : 0;
              case SOFTPLUS -> softplus(v);
              case THRESHOLD -> v > 0 ? 1 : 0;
              case EXP -> (float) StrictMath.exp(v);
              case LOG -> (float) StrictMath.log(v);
              case NEGATE -> -v;
              case RECIPROCAL -> 1 / v;
            };
      }
    }
  }

  static void mapGradient(Function f, Tensor x, Tensor y, Tensor dy, Tensor dx) {
    float[] xs = HeapMemory.of(x);
    float[] ys = HeapMemory.of(y);
    float[] dys = HeapMemory.of(dy);
    float[] dxs = HeapMemory.of(dx);
    for (int r = 0; r < y.rows(); r++) {
      int xr = x.offset + r * x.stride;
      int yr = y.offset + r * y.stride;
      int dyr = dy.offset + r * dy.stride;
      int dxr = dx.offset + r * dx.stride;
      for (int j = 0; j < y.columns(); j++) {
        float v = ys[yr + j];
        float slope =
            switch (f) {
              case LINEAR -> 1;
              case SIGMOID -> v * (1 - v);
              case TANH -> 1 - v * v;
              case RELU -> v > 0 ? 1 : 0;
              case SOFTPLUS -> softplusSlope(v);
              case THRESHOLD -> 0;
              case EXP -> v;
              case LOG -> 1 / xs[xr + j];
              case NEGATE -> -1;
              case RECIPROCAL -> -v * v;
            };
        dxs[dxr + j] += dys[dyr + j] * slope;
      }
    }
  }

  static void select(boolean greater, Tensor a, Tensor b, Tensor y, Tensor first) {
    float[] as = HeapMemory.of(a);
    float[] bs = HeapMemory.of(b);
    float[] ys = HeapMemory.of(y);
    float[] firsts = HeapMemory.of(first);
    for (int r = 0; r < y.rows(); r++) {
      for (int j = 0; j < y.columns(); j++) {
        float left = as[a.offset + r * a.stride + j];
        float right = bs[b.offset + r * b.stride + j];
        boolean takesLeft = greater ? left >= right : left <= right;
        ys[y.offset + r * y.stride + j] = takesLeft ? left : right;
        firsts[first.offset + r * first.stride + j] = takesLeft ? 1 : 0;
      }
    }
  }

  static void clamp(float limit, Tensor y) {
    float[] ys = HeapMemory.of(y);
    for (int r = 0, yr = y.offset; r < y.rows(); r++, yr += y.stride) {
      for (int j = 0; j < y.columns(); j++) {
        float v = ys[yr + j];
        ys[yr + j] = v > limit ? limit : v < -limit ? -limit : v;
      }
    }
  }

  static void normalize(Tensor x, float epsilon, Tensor y, Tensor inverse) {
    float[] xs = HeapMemory.of(x);
    float[] ys = HeapMemory.of(y);
    int n = x.columns();
    for (int r = 0; r < x.rows(); r++) {
      int xr = x.offset + r * x.stride;
      int yr = y.offset + r * y.stride;
      double sum = 0;
      for (int j = 0; j < n; j++) {
        sum += xs[xr + j];
      }
      double mean = sum / n;
      double squares = 0;
      for (int j = 0; j < n; j++) {
        squares += (xs[xr + j] - mean) * (xs[xr + j] - mean);
      }
      double factor = 1 / Math.sqrt(squares / n + epsilon);
      HeapMemory.of(inverse)[inverse.offset + r * inverse.stride] = (float) factor;
      for (int j = 0; j < n; j++) {
        ys[yr + j] = (float) ((xs[xr + j] - mean) * factor);
      }
    }
  }

  static void normalizeGradient(Tensor y, Tensor inverse, Tensor dy, Tensor dx) {
    float[] ys = HeapMemory.of(y);
    float[] dys = HeapMemory.of(dy);
    float[] dxs = HeapMemory.of(dx);
    int n = y.columns();
    for (int r = 0; r < y.rows(); r++) {
      int yr = y.offset + r * y.stride;
      int dyr = dy.offset + r * dy.stride;
      int dxr = dx.offset + r * dx.stride;
      double sum = 0;
      double product = 0;
      for (int j = 0; j < n; j++) {
        sum += dys[dyr + j];
        product += (double) dys[dyr + j] * ys[yr + j];
      }
      double factor = HeapMemory.of(inverse)[inverse.offset + r * inverse.stride];
      for (int j = 0; j < n; j++) {
        dxs[dxr + j] += (float) (factor * (dys[dyr + j] - sum / n - ys[yr + j] * (product / n)));
      }
    }
  }

  static float sigmoid(float x) {
    return (float) (1 / (1 + StrictMath.exp(-x)));
  }

  /** Without overflow for great x and without loss for small. */
  static float softplus(float x) {
    return (float) (Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs((double) x))));
  }

  /** sigmoid(x) from y = softplus(x). */
  static float softplusSlope(float y) {
    return (float) -StrictMath.expm1(-y);
  }
}
