package dev.eddy.jobs;

/** When a tagging job switches to a newer model. */
public enum TakeUp {
  /** All subtasks right after the same checkpoint barrier. */
  CHECKPOINT,
  /** Each subtask between two bundles, as soon as the model is there. */
  IMMEDIATE
}
