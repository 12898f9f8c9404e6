package dev.eddy.operators.stream;

import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionKeyedStateBackend;

/** Why a job can not run as it is configured: it fails at once, since no restart would help. */
final class Refused {
  private Refused() {}

  /**
   * Checks that keys come in any order.
   *
   * @param why a job cannot run where they are sorted
   */
  static void batchMode(KeyedStateBackend<?> backend, String why) {
    if (backend instanceof BatchExecutionKeyedStateBackend) {
      throw because("execution.runtime-mode is BATCH, which " + why + "; must be STREAMING");
    }
  }

  static SuppressRestartsException because(String reason) {
    return new SuppressRestartsException(new IllegalStateException(reason));
  }
}
