package dev.eddy.local.demo;

import java.util.HashMap;
import java.util.Map;

/**
 * The baseline: the label that this word had most often so far, or for a new word the label that
 * was most frequent of all. Of equally frequent ones the first to get there.
 */
final class MostFrequentLabel {
  private final Counts all = new Counts();
  private final Map<String, Counts> words = new HashMap<>();

  /** Predicts, then learns: true where the prediction is right. */
  boolean next(String word, String label) {
    Counts counts = words.computeIfAbsent(word, w -> new Counts());
    String predicted = counts.most == null ? all.most : counts.most;
    counts.add(label);
    all.add(label);
    return label.equals(predicted);
  }

  private static final class Counts {
    private final Map<String, Integer> counts = new HashMap<>(2);
    private String most;

    void add(String label) {
      int count = counts.merge(label, 1, Integer::sum);
      if (most == null || count > counts.get(most)) {
        most = label;
      }
    }
  }
}
