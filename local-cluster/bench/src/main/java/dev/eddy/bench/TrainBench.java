package dev.eddy.bench;

import java.util.List;

/** {@code ./eddy bench train}: mini-batches, as the training job learns them. */
final class TrainBench {
  private TrainBench() {}

  static List<Case> cases() {
    return List.of(
        new Case(Case.TRAIN, "lstm", 32, 128, 16, 32, 1, 32, 1),
        new Case(Case.TRAIN, "lstm", 32, 128, 16, 1, 1, 8, 1),
        new Case(Case.TRAIN_TEXT, "lstm", 64, 128, 16, 16, 1, 16, 1),
        new Case(Case.TRAIN, "lstm", 32, 128, 16, 32, 1, 32, 2));
  }
}
