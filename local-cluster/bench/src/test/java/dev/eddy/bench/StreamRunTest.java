package dev.eddy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.serialization.Tag;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the stream's figures are made of, without a cluster. */
final class StreamRunTest {
  /** Adds numbers up, and counts how often. */
  private static final class Sums implements Contestant.Run {
    private long runs;
    private double sum;

    @Override
    public void run() {
      runs++;
      for (int i = 1; i < 1_000; i++) {
        sum += 1.0 / i;
      }
    }

    @Override
    public float[] outputs() {
      return new float[] {(float) sum};
    }

    @Override
    public void close() {}
  }

  private static Tag tag(String tag, float... scores) {
    float[] all = new float[StreamCase.LABELS];
    System.arraycopy(scores, 0, all, 0, scores.length);
    float most = scores[0];
    for (float score : scores) {
      most = Math.max(most, score);
    }
    return new Tag("s", 3, tag, most, 0, 0, all);
  }

  @Test
  void tagsThatAreNotThoseExpectedAreRefused() throws Exception {
    List<Tag> must = List.of(tag("1", 0.4f, 0.6f), tag("0", 0.50001f, 0.49999f));
    // of two labels nearly as probable either may be the tag
    StreamRun.requireAgreement(must, List.of(must.get(0), tag("1", 0.49999f, 0.50001f)));
    Tag right = must.get(1);
    List<Tag> wrong =
        List.of(
            tag("1", 0.49f, 0.51f),
            tag("0", Float.NaN, 0.49999f),
            tag("1", 0.50001f, 0.49999f),
            new Tag("s", 3, "0", 0.9f, 0, 0, right.scores()),
            new Tag("s", 4, "0", right.probability(), 0, 0, right.scores()),
            new Tag("t", 3, "0", right.probability(), 0, 0, right.scores()));
    for (Tag tag : wrong) {
      var e =
          assertThrows(
              IOException.class, () -> StreamRun.requireAgreement(must, List.of(must.get(0), tag)));
      assertTrue(e.getMessage().startsWith("tag 1 is " + tag), e.getMessage());
    }
    assertThrows(IOException.class, () -> StreamRun.requireAgreement(must, List.of(must.get(0))));
  }

  /** A bundle of Eddy's; of a peer one event at a time. */
  @Test
  void batchIsThatOfTheOneThatSteps() {
    assertEquals(
        64, new StreamRow("stream", StreamCase.USUAL, null, Map.of(), null).json().get("batch"));
    assertEquals(
        1, new StreamRow("stream", StreamCase.USUAL, "p", Map.of(), null).json().get("batch"));
  }

  /** Another that works all the while would double the time. */
  @Test
  void timeOfTheKernelIsThatOfItsThread() throws Exception {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Sums sums = new Sums();
    Thread other =
        new Thread(
            () -> {
              while (!Thread.interrupted()) {
                Thread.onSpinWait();
              }
            });
    other.start();
    long begin = threads.getCurrentThreadCpuTime();
    double nanos = StreamRun.kernelNanos(sums);
    long all = threads.getCurrentThreadCpuTime() - begin;
    other.interrupt();
    other.join();
    assertTrue(nanos * sums.runs <= 1.001 * all, nanos + " ns, " + sums.runs + " times in " + all);
    assertTrue(all >= 500_000_000, all + " ns");
  }

  /** However long the sequences take to get their states. */
  @Test
  void timeOfAJobBeginsWhenEverySequenceHasItsState() {
    long length = 20_000_000;
    CpuMeter meter = new CpuMeter(1_000, length);
    long begin = System.nanoTime();
    for (int tag = 1; tag < 1_000; tag++) {
      meter.accept(null);
      while (tag == 999 && System.nanoTime() - begin < 2 * length) {
        Thread.onSpinWait();
      }
    }
    begin = System.nanoTime();
    while (!meter.done().isDone()) {
      meter.accept(null);
    }
    long took = System.nanoTime() - begin;
    assertTrue(took >= length + length / 4, took + " ns");
    assertTrue(meter.done().join() > 0);
  }
}
