package dev.eddy.operators.stream;

import org.apache.flink.runtime.execution.SuppressRestartsException;

/** Why a job can not run as it is configured: it fails at once, since no restart would help. */
final class Refused {
  private Refused() {}

  static SuppressRestartsException because(String reason) {
    return new SuppressRestartsException(new IllegalStateException(reason));
  }
}
