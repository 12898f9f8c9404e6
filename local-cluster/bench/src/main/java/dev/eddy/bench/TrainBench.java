package dev.eddy.bench;

import java.util.ArrayList;
import java.util.List;

/** {@code ./eddy bench train}: mini-batches, as the training job learns them. */
final class TrainBench {
  private TrainBench() {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int threads = 1; threads <= 2; threads++) {
      cases.add(new Case(Case.TRAIN, "lstm", 32, 128, 16, 32, 1, 32, threads));
      cases.add(new Case(Case.TRAIN, "lstm", 32, 128, 16, 1, 1, 8, threads));
      cases.add(new Case(Case.TRAIN_TEXT, "lstm", 64, 128, 16, 16, 1, 16, threads));
    }
    return cases;
  }
}
