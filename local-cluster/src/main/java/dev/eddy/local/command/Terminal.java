package dev.eddy.local.command;

/** What the launcher knows of the terminal. */
final class Terminal {
  private Terminal() {}

  /** Columns of the terminal that standard error goes to, 0 where it goes elsewhere. */
  static int columns() {
    return Integer.getInteger("eddy.columns", 0);
  }
}
