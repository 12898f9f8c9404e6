package dev.eddy.local.demo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What the records of the topics add up to. The tag of an event and its gold label find each other
 * by sequence and index, whichever is read first; an event's place in the play comes with its gold.
 */
final class Tally {
  /** One event, as far as the topics have told of it. */
  private static final class Row {
    private long position;
    private String label;
    private boolean baselineIsRight;
    private String tag;
    private long version;
  }

  /** A mini-batch of the training job. */
  private record Batch(int events, int correct, long totalEvents, double loss) {}

  private final Map<String, List<Row>> sequences = new HashMap<>();
  private final Map<String, Integer> golds = new HashMap<>();
  private final List<Row> played = new ArrayList<>();
  private final Map<Integer, String> words = new HashMap<>();
  private final List<Batch> batches = new ArrayList<>();
  private final Map<Long, Long> stepsOfVersion = new HashMap<>(Map.of(0L, 0L));
  private final Set<Long> versions = new HashSet<>();
  private final MostFrequentLabel baseline = new MostFrequentLabel();
  private int baselined;
  private long tagged;
  private long deadLetters;
  private Row last;
  private long firstTime = Long.MAX_VALUE;
  private long lastTime = Long.MIN_VALUE;

  /**
   * An event with its gold label; those of a sequence come in order.
   *
   * @param position events played before it
   * @param time when it was played, epoch milliseconds
   */
  synchronized void labelled(String sequence, long position, String word, String label, long time) {
    Row row = row(sequence, golds.merge(sequence, 1, Integer::sum) - 1L);
    row.position = position;
    row.label = label;
    if (row.tag != null) {
      last = row;
    }
    int place = Math.toIntExact(position);
    while (played.size() <= place) {
      played.add(null);
    }
    played.set(place, row);
    words.put(place, word);
    while (baselined < played.size() && played.get(baselined) != null) {
      Row next = played.get(baselined);
      next.baselineIsRight = baseline.next(words.remove(baselined), next.label);
      baselined++;
    }
    firstTime = Math.min(firstTime, time);
  }

  /**
   * A tag.
   *
   * @param time when the broker had it, epoch milliseconds
   */
  synchronized void tag(String sequence, long index, String tag, long version, long time) {
    Row row = row(sequence, index);
    tagged++;
    row.tag = tag;
    row.version = version;
    versions.add(version);
    if (row.label != null) {
      last = row;
    }
    lastTime = Math.max(lastTime, time);
  }

  /**
   * A mini-batch of the training job; they come in order. The fields are those of {@code Score}.
   */
  synchronized void score(int events, int correct, long totalEvents, double loss, long version) {
    stepsOfVersion.putIfAbsent(version, totalEvents - events);
    batches.add(new Batch(events, correct, totalEvents, loss));
  }

  synchronized void deadLetter() {
    deadLetters++;
  }

  private Row row(String sequence, long index) {
    List<Row> rows = sequences.computeIfAbsent(sequence, s -> new ArrayList<>());
    while (rows.size() <= index) {
      rows.add(new Row());
    }
    return rows.get(Math.toIntExact(index));
  }

  synchronized long tagged() {
    return tagged;
  }

  /**
   * Shares of right tags and of right baselines over the last quarter of the events.
   *
   * @param events that have a tag, of that quarter
   */
  record Accuracy(double tags, double baseline, int events) {}

  synchronized Accuracy accuracy() {
    int right = 0;
    int baselineRight = 0;
    int counted = 0;
    for (Row row : played.subList(baselined - quarter(baselined), baselined)) {
      if (row.tag != null) {
        counted++;
        right += row.tag.equals(row.label) ? 1 : 0;
        baselineRight += row.baselineIsRight ? 1 : 0;
      }
    }
    return new Accuracy((double) right / counted, (double) baselineRight / counted, counted);
  }

  /** The result as it would stand if nothing more came. */
  synchronized Result result(String dataset, long events) {
    Accuracy accuracy = accuracy();
    return new Result(
        dataset,
        events,
        tagged,
        accuracy.tags(),
        accuracy.baseline(),
        versions.size(),
        medianAge(),
        deadLetters,
        trainAccuracy(quarter(trained())),
        Math.max(0, Math.round((lastTime - firstTime) / 1000.0)));
  }

  /** Share of right predictions over the last so many events that were learned. */
  synchronized double trainAccuracy(long lastEvents) {
    long from = trained() - lastEvents;
    var last = batches.stream().filter(b -> b.totalEvents() > from).toList();
    return (double) last.stream().mapToLong(Batch::correct).sum()
        / last.stream().mapToLong(Batch::events).sum();
  }

  /** Mean cross entropy of the last 16 mini-batches, nats. */
  synchronized OptionalDouble loss() {
    var last = batches.subList(Math.max(0, batches.size() - 16), batches.size());
    return last.stream().mapToDouble(Batch::loss).average();
  }

  /** Version that gave the last tag whose gold is known. */
  synchronized long version() {
    return last == null ? 0 : last.version;
  }

  /** Events played between the training of that version and that tag. */
  synchronized long age() {
    return last == null ? 0 : age(last);
  }

  /** A quarter of so many, at least one where there are any. */
  private static int quarter(long events) {
    return Math.toIntExact((events + 3) / 4);
  }

  private long medianAge() {
    long[] ages =
        played.stream()
            .filter(r -> r != null && r.tag != null)
            .mapToLong(this::age)
            .sorted()
            .toArray();
    return ages.length == 0 ? 0 : ages[ages.length / 2];
  }

  private long age(Row row) {
    return Math.max(0, row.position - stepsOfVersion.getOrDefault(row.version, trained()));
  }

  private long trained() {
    return batches.isEmpty() ? 0 : batches.get(batches.size() - 1).totalEvents();
  }
}
