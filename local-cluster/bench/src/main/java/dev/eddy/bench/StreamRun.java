package dev.eddy.bench;

import dev.eddy.serialization.Event;
import dev.eddy.serialization.HiddenState;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * {@code ./eddy bench stream}: jobs in a cluster of this process, by the CPU time of all its
 * threads per event. The floor is the job without a network; the bound is the floor and the
 * kernel's step of 64 rows together, which Eddy would reach if nothing but these took time.
 */
final class StreamRun {
  /** The kernel is run for so long, once to warm up and once to measure. */
  private static final long KERNEL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /**
   * No other round of what grows begins after so long: to fill a million states may take a minute.
   */
  private static final long GROWTH_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Sequences of what is compared: few, so that each is stepped many times. */
  private static final int COMPARED_KEYS = 100;

  private final StreamEffort effort;
  private final List<Tagger> peers;
  private final Consumer<String> progress;
  private final Consumer<StreamRow> rows;

  /** The gate that the first event waits behind. */
  private static volatile CompletableFuture<Void> gate;

  StreamRun(
      StreamEffort effort,
      List<Tagger> peers,
      Consumer<String> progress,
      Consumer<StreamRow> rows) {
    this.effort = effort;
    this.peers = peers;
    this.progress = progress;
    this.rows = rows;
  }

  void measure() throws Exception {
    try (StreamJobs jobs = new StreamJobs()) {
      firstEvent(jobs);
      contest(jobs);
      growth(jobs);
    }
    progress.accept("stream: latency through Kafka");
    new StreamLatency(effort).measure(rows);
  }

  /**
   * How late the first event is where Flink is warm and no network has been stepped before; once,
   * as only the first that a process steps is cold.
   */
  private void firstEvent(StreamJobs jobs) throws Exception {
    progress.accept("stream: first event");
    firstEventMillis(jobs, Tagger.FLOOR);
    var figures = new LinkedHashMap<String, Double>();
    figures.put("floor_first_event_ms", firstEventMillis(jobs, Tagger.FLOOR));
    figures.put("first_event_ms", firstEventMillis(jobs, Tagger.EDDY));
    rows.accept(new StreamRow("first-event", effort.usual(), null, figures, null));
  }

  private double firstEventMillis(StreamJobs jobs, Tagger tagger) throws Exception {
    gate = new CompletableFuture<>();
    CompletableFuture<Long> latency = new CompletableFuture<>();
    Consumer<Tag> clock = tag -> latency.complete(System.nanoTime() - tag.time());
    JobClient job = jobs.start(effort.usual(), tagger, false, new FirstEvent(), 1, clock, true);
    jobs.awaitOpen(job);
    gate.complete(null);
    StreamJobs.end(job);
    if (!latency.isDone()) {
      throw new IOException("the first event got no tag");
    }
    return latency.join() / 1e6;
  }

  /** One event that is made when the operators are open; its time is that of the JVM's clock. */
  private static final class FirstEvent implements GeneratorFunction<Long, Received> {
    @Override
    public Received map(Long number) {
      float[] features = StreamEvents.features()[0];
      gate.join();
      long now = System.nanoTime();
      return new Received(new Event("m", null, features, Event.NO_LABEL, now, false), null);
    }
  }

  /** Eddy, the floor, the kernel and the peers in turn, round by round. */
  private void contest(StreamJobs jobs) throws Exception {
    StreamCase of = effort.usual();
    StreamCase compared = of.keys(COMPARED_KEYS);
    List<Tagger> ready = new ArrayList<>();
    progress.accept("stream: comparing outputs");
    List<Tag> expected = tags(jobs, compared, Tagger.PLAIN, effort.compared());
    requireAgreement(expected, tags(jobs, compared, Tagger.EDDY, effort.compared()));
    Map<Tagger, String> reasons = new LinkedHashMap<>();
    for (Tagger peer : peers) {
      try {
        PerEventFunction.make(peer.step(), of.step(1)).close();
        requireAgreement(expected, tags(jobs, compared, peer, effort.compared()));
        ready.add(peer);
      } catch (ClassNotFoundException e) {
        reasons.put(peer, "not built: there is no " + e.getMessage());
      } catch (ReflectiveOperationException | IOException | LinkageError e) {
        reasons.put(peer, Worker.failure(e).reason());
      }
    }
    Times times = new Times();
    List<Tagger> turns = new ArrayList<>(List.of(Tagger.FLOOR, Tagger.EDDY));
    turns.addAll(ready);
    for (int round = 0; round < effort.rounds(); round++) {
      boolean warmUp = round == 0;
      progress.accept("stream: round " + (round + 1) + "/" + effort.rounds());
      times.add(warmUp, "kernel", kernelNanos(of));
      Collections.rotate(turns, 1);
      for (Tagger turn : List.copyOf(turns)) {
        CpuMeter meter = meter(of);
        try {
          jobs.run(of, turn, meter);
          times.add(warmUp, turn.name(), meter.done().join());
        } catch (IOException e) {
          if (!ready.remove(turn)) {
            throw e;
          }
          turns.remove(turn);
          reasons.put(turn, Worker.failure(e).reason());
        }
      }
    }
    for (Tagger peer : List.copyOf(ready)) {
      try {
        requireAgreement(expected, tags(jobs, compared, peer, effort.compared()));
      } catch (IOException e) {
        ready.remove(peer);
        reasons.put(peer, Worker.failure(e).reason());
      }
    }
    requireAgreement(expected, tags(jobs, compared, Tagger.EDDY, effort.compared()));
    rows.accept(new StreamRow("stream", of, null, times.figures(), null));
    for (Tagger peer : peers) {
      Map<String, Double> figures = new LinkedHashMap<>();
      if (ready.contains(peer)) {
        figures.putAll(times.figures());
        double micros = times.median(peer.name()) / 1e3;
        figures.put("peer_us", micros);
        figures.put("ratio", micros / figures.get("eddy_us"));
      }
      rows.accept(new StreamRow("stream", of, peer.name(), figures, reasons.get(peer)));
    }
  }

  /** What a job's parts took, in nanoseconds of CPU time per event. */
  private static final class Times {
    private final Map<String, List<Double>> all = new TreeMap<>();

    void add(boolean warmUp, String name, double nanos) {
      if (!warmUp) {
        all.computeIfAbsent(name, any -> new ArrayList<>()).add(nanos);
      }
    }

    double median(String name) {
      return Contest.median(all.get(name).stream().mapToDouble(n -> n).toArray());
    }

    Map<String, Double> figures() {
      double eddy = median(Tagger.EDDY.name());
      double floor = median(Tagger.FLOOR.name());
      double kernel = median("kernel");
      var figures = new LinkedHashMap<String, Double>();
      figures.put("eddy_us", eddy / 1e3);
      figures.put("floor_us", floor / 1e3);
      figures.put("kernel_us", kernel / 1e3);
      figures.put("events_per_cpu_second", 1e9 / eddy);
      figures.put("bound_per_cpu_second", 1e9 / (floor + kernel));
      figures.put("bound_share", (floor + kernel) / eddy);
      return figures;
    }
  }

  /** The tags of so many events, with the probabilities of all labels. */
  static List<Tag> tags(StreamJobs jobs, StreamCase of, Tagger tagger, long events)
      throws Exception {
    List<Tag> tags = new ArrayList<>();
    jobs.run(of, tagger, true, events, tags::add);
    return tags;
  }

  /** Throws where two jobs tag the same events differently. */
  static void requireAgreement(List<Tag> expected, List<Tag> tags) throws IOException {
    if (tags.size() != expected.size()) {
      throw new IOException(tags.size() + " tags; must be " + expected.size());
    }
    for (int i = 0; i < tags.size(); i++) {
      Tag tag = tags.get(i);
      Tag must = expected.get(i);
      double apart = 0;
      float greatest = 0;
      for (int label = 0; label < StreamCase.LABELS; label++) {
        apart = Math.max(apart, Math.abs(tag.scores()[label] - must.scores()[label]));
        greatest = Math.max(greatest, tag.scores()[label]);
      }
      // of two labels that are nearly as probable either may be the greatest
      if (!(apart <= Contest.TOLERANCE)
          || tag.scores()[Integer.parseInt(tag.tag())] != greatest
          || tag.probability() != greatest
          || !tag.sequence().equals(must.sequence())
          || tag.index() != must.index()) {
        throw new IOException(
            "tag "
                + i
                + " is "
                + tag
                + Arrays.toString(tag.scores())
                + "; must be "
                + must
                + Arrays.toString(must.scores()));
      }
    }
  }

  private CpuMeter meter(StreamCase of) {
    return new CpuMeter(of.keys(), TimeUnit.SECONDS.toNanos(effort.seconds()));
  }

  /** CPU time of an event in the kernel's step of a full bundle. */
  private static double kernelNanos(StreamCase of) throws Exception {
    try (Contestant.Run run = new EddyContestant().prepare(of.step(StreamCase.BATCH))) {
      kernelNanos(run);
      return kernelNanos(run) / StreamCase.BATCH;
    }
  }

  /** Of this thread alone: what compiles, and the database of a job that was, is not its time. */
  static double kernelNanos(Contestant.Run run) throws Exception {
    long begin = THREADS.getCurrentThreadCpuTime();
    long now = begin;
    long steps = 0;
    while (now - begin < KERNEL_NANOS) {
      for (int i = 0; i < 100; i++) {
        run.run();
      }
      steps += 100;
      now = THREADS.getCurrentThreadCpuTime();
    }
    return (double) (now - begin) / steps;
  }

  /** Where one thing grows, with a checkpoint each second: floor, kernel and Eddy in turn. */
  private void growth(StreamJobs jobs) throws Exception {
    for (int i = 0; i < effort.growth().size(); i++) {
      StreamCase of = effort.growth().get(i);
      progress.accept("stream: growth " + (i + 1) + "/" + effort.growth().size());
      Times times = new Times();
      List<Tagger> turns = new ArrayList<>(List.of(Tagger.FLOOR, Tagger.EDDY));
      long checkpoint = 0;
      int rounds = 0;
      long begin = System.nanoTime();
      while (rounds < effort.growthRounds() && System.nanoTime() - begin < GROWTH_NANOS) {
        times.add(false, "kernel", kernelNanos(of));
        for (Tagger turn : turns) {
          CpuMeter meter = meter(of);
          long bytes = jobs.run(of, turn, meter);
          times.add(false, turn.name(), meter.done().join());
          checkpoint = turn.equals(Tagger.EDDY) ? bytes : checkpoint;
        }
        Collections.rotate(turns, 1);
        rounds++;
      }
      Map<String, Double> figures = times.figures();
      figures.put("rounds", (double) rounds);
      ModelSnapshot model = of.model();
      var state = new HiddenState(0, new float[of.stateFloats()]);
      figures.put("state_bytes_per_key", (double) bytes(Types.HIDDEN_STATE, state));
      figures.put("state_bytes_allowed", 4.0 * of.stateFloats() + 24);
      figures.put(
          "checkpoint_bytes_per_key",
          (double) (checkpoint - bytes(Types.MODEL_SNAPSHOT, model)) / of.keys());
      rows.accept(new StreamRow("growth", of, null, figures, null));
    }
  }

  private static <T> int bytes(TypeInformation<T> type, T value) throws IOException {
    var out = new DataOutputSerializer(1024);
    type.createSerializer(new SerializerConfigImpl()).serialize(value, out);
    return out.length();
  }
}
