package dev.eddy.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * How much of the stream is measured.
 *
 * @param usual what all is measured with that is not growth
 * @param rounds of every job in turn; the first warms up and does not count
 * @param seconds that each job is measured for; whole ones, so that as many checkpoints fall into
 *     each
 * @param compared events whose tags are compared
 * @param growth what is measured one thing apart from the usual
 * @param growthRounds of floor, kernel and Eddy, at most
 * @param flat events through Kafka as fast as they go
 * @param playedSeconds of events through Kafka at half that rate, a few times
 */
record StreamEffort(
    StreamCase usual,
    int rounds,
    int seconds,
    int compared,
    List<StreamCase> growth,
    int growthRounds,
    int flat,
    int playedSeconds) {
  static final StreamEffort QUICK =
      new StreamEffort(
          StreamCase.USUAL,
          3,
          2,
          2_000,
          growth(new int[] {100_000}, new int[] {32}, new int[] {2}),
          1,
          200_000,
          3);

  static final StreamEffort FULL =
      new StreamEffort(
          StreamCase.USUAL,
          6,
          3,
          20_000,
          growth(
              new int[] {1_000, 10_000, 100_000, 1_000_000}, new int[] {32, 512}, new int[] {2, 4}),
          3,
          1_000_000,
          6);

  private static List<StreamCase> growth(int[] keys, int[] hs, int[] layers) {
    List<StreamCase> cases = new ArrayList<>();
    for (String backend : List.of("hashmap", "rocksdb")) {
      StreamCase usual = StreamCase.USUAL.checkpointed(backend);
      for (int count : keys) {
        cases.add(usual.keys(count));
      }
      for (int h : hs) {
        cases.add(usual.network(h, 1));
      }
      for (int count : layers) {
        cases.add(usual.network(StreamCase.USUAL.h(), count));
      }
    }
    return cases;
  }
}
