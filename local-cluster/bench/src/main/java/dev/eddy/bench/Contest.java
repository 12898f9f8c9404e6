package dev.eddy.bench;

import dev.eddy.bench.WorkerProcess.WorkerException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Measures cases. Every contestant has a process of its own for each number of threads; their
 * outputs are compared, each is warmed up, and then they run in turn, round by round, in another
 * order each, so that a clock that drifts or a neighbour that works meets all of them. What counts
 * is the median of a contestant's rounds. Then their outputs are compared once more, as the code
 * that has been timed gives them.
 */
final class Contest implements AutoCloseable {
  /** How far outputs may be apart, of the greater of 1 and what is expected. */
  static final double TOLERANCE = 1e-4;

  /** Losses of mini-batches are apart further, each step of the optimizer adds to it. */
  static final double TOLERANCE_OF_LEARNING = 1e-3;

  private static final long LONGEST_WARM_UP = TimeUnit.SECONDS.toNanos(30);

  /** A JVM compiles what has run often: so often, or for so long, everybody runs at the least. */
  private static final int RUNS_OF_WARM_UP = 500;

  private static final long LONGEST_WAIT_FOR_RUNS = TimeUnit.SECONDS.toNanos(10);

  /** A contestant that is ready for the case at hand, and what its rounds took. */
  private record Ready(Peer peer, WorkerProcess worker, List<Worker.Timing> rounds) {
    /** One round. */
    void time(Effort effort) throws WorkerException {
      if (effort.leadNanos() > 0) {
        worker.time(effort.leadNanos());
      }
      rounds.add(worker.time(effort.roundNanos()));
    }

    Worker.Timing median() {
      return new Worker.Timing(
          Contest.median(rounds.stream().mapToDouble(Worker.Timing::nanos).toArray()),
          Contest.median(rounds.stream().mapToDouble(Worker.Timing::bytes).toArray()));
    }
  }

  private final Effort effort;
  private final Path modules;
  private final Path log;
  private final Map<Peer, WorkerProcess> workers = new LinkedHashMap<>();
  private final Map<String, String> versions = new TreeMap<>();
  private int threads;
  private double fmaPeak = Double.NaN;
  private double l2Bandwidth = Double.NaN;

  /**
   * Begins with nothing started.
   *
   * @param modules the folder of the modules of the peers
   * @param log for what contestants say on standard error
   */
  Contest(Effort effort, Path modules, Path log) {
    this.effort = effort;
    this.modules = modules;
    this.log = log;
  }

  /** Measures what one core can do; the best of all rounds. */
  void measureLimits() throws IOException, WorkerException {
    try (WorkerProcess worker = new WorkerProcess(Peer.LIMITS, 1, modules, log)) {
      fmaPeak = limit(worker, "fma");
      l2Bandwidth = limit(worker, "l2");
    }
  }

  private double limit(WorkerProcess worker, String name) throws WorkerException {
    double amount = worker.prepare(new Case(name, "", 0, 0, 0, 0, 0, 0, 1))[0];
    warmUp(worker, 0.5);
    double nanos = Double.POSITIVE_INFINITY;
    for (int i = 0; i < effort.rounds(); i++) {
      nanos = Math.min(nanos, worker.time(effort.roundNanos()).nanos());
    }
    return amount / nanos;
  }

  /** GFLOP/s of one core. */
  double fmaPeak() {
    return fmaPeak;
  }

  /** GB/s of one core. */
  double l2Bandwidth() {
    return l2Bandwidth;
  }

  /** What each contestant that was asked says of itself. */
  Map<String, String> versions() {
    return versions;
  }

  /**
   * Measures Eddy and its peers; where the machine has fewer cores than the case has threads, the
   * rows have that for a reason.
   *
   * @throws WorkerException if Eddy cannot run, or is wrong
   */
  List<Row> measure(Case of, List<Peer> peers) throws IOException, WorkerException {
    int cores = Runtime.getRuntime().availableProcessors();
    if (of.threads() > cores) {
      String reason = of.threads() + " threads; this machine has " + cores;
      Map<Peer, String> reasons = new LinkedHashMap<>();
      peers.forEach(peer -> reasons.put(peer, reason));
      return rows(of, peers, List.of(), reasons);
    }
    if (of.threads() != threads) {
      // a library reads how many threads it may have when its process starts
      WorkerProcess eddy = workers.remove(Peer.EDDY);
      close();
      if (eddy != null) {
        workers.put(Peer.EDDY, eddy);
      }
      threads = of.threads();
    }
    Ready eddy = new Ready(Peer.EDDY, worker(Peer.EDDY), new ArrayList<>());
    double[] expected = PlainNetwork.outputs(of);
    float[] outputs = eddy.worker().prepare(of);
    requireAgreement(of, expected, outputs);
    for (int i = expected.length; i < outputs.length; i++) {
      expected = Arrays.copyOf(expected, outputs.length);
      expected[i] = outputs[i];
    }
    List<Ready> ready = new ArrayList<>(List.of(eddy));
    Map<Peer, String> reasons = new LinkedHashMap<>();
    for (Peer peer : peers) {
      try {
        WorkerProcess worker = worker(peer);
        requireAgreement(of, expected, worker.prepare(of));
        ready.add(new Ready(peer, worker, new ArrayList<>()));
      } catch (WorkerException e) {
        reasons.put(peer, e.getMessage());
      }
    }
    Effort each = of.threads() == 1 ? effort : effort.withLead();
    List<Ready> turns = new ArrayList<>(ready);
    turns.removeIf(turn -> !lasts(turn, reasons, () -> warmUp(turn, of)));
    Random random = new Random(0);
    for (int round = 0; round < each.rounds(); round++) {
      Collections.shuffle(turns, random);
      turns.removeIf(turn -> !lasts(turn, reasons, () -> turn.time(each)));
    }
    double[] again = expected;
    turns.removeIf(
        turn ->
            !lasts(turn, reasons, () -> requireAgreement(of, again, turn.worker().prepare(of))));
    ready.retainAll(turns);
    if (!ready.contains(eddy)) {
      throw new WorkerException(of + ": " + reasons.get(Peer.EDDY));
    }
    for (Peer alone : Peer.OF_STEPS_AFTER_OTHERS) {
      // the next case is another shape
      WorkerProcess worker = workers.remove(alone);
      if (worker != null) {
        worker.close();
      }
    }
    return rows(of, peers, ready, reasons);
  }

  /** What a contestant may fall over. */
  private interface Turn {
    void take() throws WorkerException;
  }

  private WorkerProcess worker(Peer peer) throws IOException, WorkerException {
    WorkerProcess worker = workers.get(peer);
    if (worker == null || !worker.alive()) {
      worker = new WorkerProcess(peer, threads, modules, log);
      workers.put(peer, worker);
      versions.put(peer.name(), worker.version());
    }
    return worker;
  }

  /** False where the contestant fell. */
  private static boolean lasts(Ready contestant, Map<Peer, String> reasons, Turn turn) {
    try {
      turn.take();
      return true;
    } catch (WorkerException e) {
      reasons.put(contestant.peer(), e.getMessage());
      return false;
    }
  }

  private void warmUp(Ready contestant, Case of) throws WorkerException {
    boolean eddy = contestant.peer().module() == null;
    warmUp(contestant.worker(), eddy ? allowedBytes(of) : Double.POSITIVE_INFINITY);
  }

  /** More than Eddy's compiled code allocates, and far less than vectors on the heap come to. */
  private static double allowedBytes(Case of) {
    return of.learns() ? of.flops() / 100 : 0.5;
  }

  /**
   * Runs until it has become no faster, and allocates no less, for as long as it took to become so,
   * and has run often. Vectors on the heap are a sign that their loop is not compiled, which on a
   * busy machine takes a while.
   */
  private void warmUp(WorkerProcess worker, double allowed) throws WorkerException {
    double nanos = Double.POSITIVE_INFINITY;
    double bytes = Double.POSITIVE_INFINITY;
    long begin = System.nanoTime();
    long improved = begin;
    long now = begin;
    double runs = 0;
    boolean compiled = false;
    while (!compiled
        || (runs < RUNS_OF_WARM_UP && now - begin < LONGEST_WAIT_FOR_RUNS)
        || now - improved < Math.max(effort.patienceNanos(), improved - begin)) {
      Worker.Timing timing = worker.time(effort.roundNanos());
      runs += effort.roundNanos() / timing.nanos();
      now = System.nanoTime();
      compiled = timing.bytes() < allowed || now - begin > LONGEST_WARM_UP;
      if (timing.nanos() < 0.97 * nanos || timing.bytes() < 0.97 * bytes - 1) {
        improved = now;
      }
      nanos = Math.min(nanos, timing.nanos());
      bytes = Math.min(bytes, timing.bytes());
    }
  }

  private List<Row> rows(Case of, List<Peer> peers, List<Ready> ready, Map<Peer, String> reasons) {
    Worker.Timing eddy =
        ready.isEmpty() ? new Worker.Timing(Double.NaN, Double.NaN) : ready.get(0).median();
    double fma = of.flops() / eddy.nanos() / (fmaPeak * of.eddyThreads());
    double l2 = of.learns() ? Double.NaN : 4.0 * of.weights() / eddy.nanos() / l2Bandwidth;
    List<Row> rows = new ArrayList<>();
    for (Peer peer : peers) {
      double nanos =
          ready.stream()
              .filter(contestant -> contestant.peer().equals(peer))
              .mapToDouble(contestant -> contestant.median().nanos())
              .findAny()
              .orElse(Double.NaN);
      rows.add(new Row(of, peer.name(), eddy, nanos, fma, l2, reasons.get(peer)));
    }
    return peers.isEmpty()
        ? List.of(new Row(of, null, eddy, Double.NaN, fma, l2, null))
        : List.copyOf(rows);
  }

  private static void requireAgreement(Case of, double[] expected, float[] outputs)
      throws WorkerException {
    double tolerance = of.learns() ? TOLERANCE_OF_LEARNING : TOLERANCE;
    if (outputs.length < expected.length) {
      throw new WorkerException(
          "%d outputs; must be %d".formatted(outputs.length, expected.length));
    }
    for (int i = 0; i < expected.length; i++) {
      double apart = Math.abs(outputs[i] - expected[i]);
      if (!(apart <= tolerance * Math.max(1, Math.abs(expected[i])))) {
        throw new WorkerException(
            "output %d is %g; must be %g".formatted(i, outputs[i], expected[i]));
      }
    }
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  @Override
  public void close() {
    workers.values().forEach(WorkerProcess::close);
    workers.clear();
  }
}
