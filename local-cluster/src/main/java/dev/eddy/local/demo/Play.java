package dev.eddy.local.demo;

import dev.eddy.jobs.BadConfiguration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * The order in which a corpus is played: all documents at once, in rounds. A round plays one event
 * of each document that has one left, and every round is shuffled anew.
 *
 * @param documents {@code [events]} the document of each event, by its place in the corpus
 * @param lengths {@code [documents]} events played of each
 */
record Play(int[] documents, int[] lengths) {
  /**
   * The first {@code events} events of the corpus; the same for the same seed.
   *
   * @throws BadConfiguration where the corpus has fewer
   */
  static Play of(Corpus corpus, int events, long seed) {
    if (events > corpus.size()) {
      throw new BadConfiguration(
          "--events: %d asked for, the corpus has %d".formatted(events, corpus.size()));
    }
    Random random = new Random(seed);
    int[] order = new int[events];
    int[] lengths = new int[corpus.documents().size()];
    List<Integer> live = new ArrayList<>();
    for (int d = 0; d < lengths.length; d++) {
      live.add(d);
    }
    for (int played = 0; played < events; ) {
      live.removeIf(d -> lengths[d] == corpus.documents().get(d).tokens().size());
      Collections.shuffle(live, random);
      int round = Math.min(live.size(), events - played);
      for (int i = 0; i < round; i++) {
        int document = live.get(i);
        order[played++] = document;
        lengths[document]++;
      }
    }
    return new Play(order, lengths);
  }

  /** For each event its index in its document, {@code [events]}. */
  int[] indices() {
    int[] next = new int[lengths.length];
    return Arrays.stream(documents).map(d -> next[d]++).toArray();
  }
}
