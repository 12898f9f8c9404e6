package dev.eddy.serialization;

/** A model that cannot be: its message is one line that says where, what was expected and found. */
public final class InvalidModelException extends IllegalArgumentException {
  public InvalidModelException(String message) {
    super(message);
  }
}
