package dev.eddy.jobs;

/** What a tagging job does with a newer model whose hidden state has another shape. */
public enum OnOtherShapes {
  /** Keeps the model it has, and counts. */
  REFUSE,
  /** Takes the model and starts every sequence from the zero state. */
  RESET
}
