package dev.eddy.serialization.json;

/** A record that is no valid event; its message is the one line that its dead letter carries. */
public final class BadEvent extends Exception {
  /**
   * Without a stack trace: it says nothing of the data, and a flood of bad events must be cheap.
   */
  public BadEvent(String reason) {
    super(reason, null, false, false);
  }
}
