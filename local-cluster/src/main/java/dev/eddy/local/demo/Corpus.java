package dev.eddy.local.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Documents whose every token has a label.
 *
 * @param name as it stands in the result
 */
record Corpus(String name, List<Document> documents) {
  /**
   * One sequence.
   *
   * @param tokens {@code [n]}
   * @param labels {@code [n]}, gold
   */
  record Document(String name, List<String> tokens, List<String> labels) {
    Document {
      tokens = List.copyOf(tokens);
      labels = List.copyOf(labels);
      if (tokens.size() != labels.size()) {
        throw new IllegalArgumentException(
            "document %s: %d tokens, %d labels; each token needs one"
                .formatted(name, tokens.size(), labels.size()));
      }
    }
  }

  /** Events that can be played. */
  int size() {
    return documents.stream().mapToInt(d -> d.tokens().size()).sum();
  }

  /** Every label that occurs, sorted. */
  List<String> labels() {
    TreeSet<String> labels = new TreeSet<>();
    documents.forEach(d -> labels.addAll(d.labels()));
    return new ArrayList<>(labels);
  }
}
