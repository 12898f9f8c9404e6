package dev.eddy.jobs;

/**
 * The configuration cannot work, and nothing has been started. The message is one line: the key,
 * the rule, the value and where it was given. A command ends with exit code 2.
 */
public final class BadConfiguration extends IllegalArgumentException {
  /** Line breaks in the message, as in those of a parser, become spaces. */
  public BadConfiguration(String message) {
    super(message.strip().replaceAll("\\s*\\R\\s*", " "));
  }
}
