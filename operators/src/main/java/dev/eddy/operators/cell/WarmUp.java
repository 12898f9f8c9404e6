package dev.eddy.operators.cell;

import dev.eddy.operators.tensor.Kernel;
import dev.eddy.serialization.ModelConfig;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * Runs a network until the JVM has compiled its kernel, so that the first event is not late: once
 * for each kernel and shape in this JVM, and never for longer than {@value #LIMIT_MILLIS} ms.
 */
final class WarmUp {
  private static final long LIMIT_MILLIS = 1500;

  /** Calls after which the JVM has asked for its last compilation, with a margin. */
  private static final int STEPS = 20_000;

  private static final Set<String> DONE = ConcurrentHashMap.newKeySet();

  private WarmUp() {}

  /** Steps a single row and every size of batch in turn. */
  static void of(Kernel kernel, ModelConfig config, int maxBatch, IntConsumer step) {
    String shape =
        String.join(
            " ",
            kernel.name(),
            config.architecture(),
            config.inputSize() + "x" + config.hiddenSize() + "x" + config.labels().size(),
            "batch " + maxBatch);
    if (!DONE.add(shape)) {
      return;
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);
    for (int i = 0; i < STEPS && System.nanoTime() < end; i++) {
      step.accept(i % 2 == 0 ? 1 : 1 + i / 2 % maxBatch);
    }
  }
}
