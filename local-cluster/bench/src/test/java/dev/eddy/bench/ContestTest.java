package dev.eddy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.bench.WorkerProcess.WorkerException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmarks run, and refuse what is wrong; how fast anything is, no test asks. */
final class ContestTest {
  private static final Effort SHORT = new Effort(3, 5_000_000, 0, 300_000_000);

  /** Eddy's run with its outputs changed, and something done before it. */
  private record LikeEddy(Contestant.Run right, Consumer<float[]> change, Runnable before)
      implements Contestant.Run {
    LikeEddy(Case of, Consumer<float[]> change, Runnable before) {
      this(new EddyContestant().prepare(of), change, before);
    }

    @Override
    public float[] outputs() throws Exception {
      float[] outputs = right.outputs();
      change.accept(outputs);
      return outputs;
    }

    @Override
    public void run() throws Exception {
      before.run();
      right.run();
    }

    @Override
    public void close() {
      right.close();
    }
  }

  /** Like Eddy, but the second of two outputs is wrong. */
  static final class Wrong implements Contestant {
    @Override
    public Run prepare(Case of) {
      return new LikeEddy(of, outputs -> outputs[1] += 1e-3f, () -> {});
    }

    @Override
    public String version() {
      return "wrong";
    }
  }

  /** Like Eddy, but wrong from its first run on: only the first outputs are right. */
  static final class Worsens implements Contestant {
    private boolean hasRun;

    @Override
    public Run prepare(Case of) {
      return new LikeEddy(of, outputs -> outputs[0] += hasRun ? 1e-3f : 0, () -> hasRun = true);
    }

    @Override
    public String version() {
      return "worsens";
    }
  }

  /** Takes a millisecond for each run, and is right again only after many. */
  static final class WarmsSlowly implements Contestant {
    private int runs;

    @Override
    public Run prepare(Case of) {
      return new LikeEddy(of, outputs -> outputs[0] += runs > 0 && runs < 500 ? 1 : 0, this::warm);
    }

    private void warm() {
      runs++;
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1);
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }

    @Override
    public String version() {
      return "warms slowly";
    }
  }

  /** Ends its process when it is run. */
  static final class Falls implements Contestant {
    @Override
    public Run prepare(Case of) {
      return new LikeEddy(of, outputs -> {}, () -> Runtime.getRuntime().halt(7));
    }

    @Override
    public String version() {
      return "falls";
    }
  }

  /** Like Eddy, but its weights never move: only the first of all losses is right. */
  static final class NeverLearns implements Contestant {
    @Override
    public Run prepare(Case of) {
      return new LikeEddy(of, losses -> Arrays.fill(losses, losses[0]), () -> {});
    }

    @Override
    public String version() {
      return "never learns";
    }
  }

  /** What Eddy's own rows have at most. */
  private static final int CORES = Math.min(2, Runtime.getRuntime().availableProcessors());

  @TempDir Path folder;

  private Contest contest() {
    return new Contest(SHORT, folder, folder.resolve("log"));
  }

  private static Case step(String cell, int batch, int layers, int threads) {
    return new Case(Case.STEP, cell, 5, 24, 3, batch, layers, 1, threads);
  }

  /** A row of when the JVM has compiled all, however busy the machine is: nothing is allocated. */
  private static Row compiled(Contest contest, Case of) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Row row = contest.measure(of, List.of()).get(0);
    while (!of.learns() && row.eddy().bytes() >= 0.5 && System.nanoTime() < end) {
      row = contest.measure(of, List.of()).get(0);
    }
    return row;
  }

  @Test
  void everyOwnRowIsWholeAndGoesIntoTheReport() throws Exception {
    List<Case> cases =
        List.of(
            step("lstm", 1, 1, 1),
            new Case(Case.PRODUCT, "lstm", 5, 24, 3, 4, 1, 1, 1),
            step("gru", 3, 2, CORES),
            // so many units that what a mini-batch brings with it is little beside its products
            new Case(Case.TRAIN, "gru", 5, 40, 3, 4, 2, 6, CORES),
            new Case(Case.TRAIN_TEXT, "lstm", 8, 72, 3, 2, 1, 6, CORES));
    List<Row> rows = new ArrayList<>();
    Path json = folder.resolve("report.json");
    try (Contest contest = contest()) {
      contest.measureLimits();
      for (Case of : cases) {
        rows.add(compiled(contest, of));
      }
      Report.writeJson(json, Report.machine(contest), rows, List.of(), null);
    }
    assertEquals(cases, rows.stream().map(Row::of).toList());
    for (Row row : rows) {
      assertNull(row.peer());
      assertTrue(row.eddy().nanos() > 0);
      assertTrue(row.fmaShare() > 0, row::toString);
      if (!row.of().learns()) {
        assertTrue(row.l2Share() > 0, row::toString);
        assertEquals(0, Math.rint(row.eddy().bytes()), row::toString);
      }
    }
    // each of four tables has two lines above those of its cases
    assertEquals(
        4 * 2 + rows.size(), Report.tables(rows).lines().filter(l -> l.startsWith("| ")).count());
    assertFalse(Report.tables(rows).contains("eddy 1"));
    JsonNode report = new ObjectMapper().readTree(json.toFile());
    assertTrue(report.at("/machine/fma_peak_gflops").asDouble() > 0);
    assertTrue(report.at("/machine/l2_read_gb_per_s").asDouble() > 0);
    assertTrue(report.path("error").isNull());
    assertEquals(cases.size(), report.get("rows").size());
    JsonNode first = report.at("/rows/0");
    for (String key :
        List.of("name", "cell", "d", "h", "batch", "layers", "threads", "eddy_us", "eddy_bytes")) {
      assertFalse(first.path(key).isMissingNode() || first.path(key).isNull(), key);
    }
    for (String key : List.of("peer", "peer_us", "ratio")) {
      assertTrue(first.path(key).isNull(), key);
    }
  }

  @Test
  void aPeerThatIsWrongOrAbsentOrFallsIsARowWithTheReason() throws Exception {
    List<Peer> peers =
        List.of(
            new Peer("same", null, EddyContestant.class.getName()),
            new Peer("wrong", null, Wrong.class.getName()),
            new Peer("worsens", null, Worsens.class.getName()),
            new Peer("warms-slowly", null, WarmsSlowly.class.getName()),
            new Peer("falls", null, Falls.class.getName()),
            new Peer("absent", "absent", "absent.Peer"));
    List<Row> rows;
    try (Contest contest = contest()) {
      rows = contest.measure(step("lstm", 2, 1, 1), peers);
    }
    assertEquals(
        List.of("same", "wrong", "worsens", "warms-slowly", "falls", "absent"),
        rows.stream().map(Row::peer).toList());
    assertNull(rows.get(0).reason());
    assertTrue(rows.get(0).ratio() > 0);
    assertTrue(rows.get(1).reason().startsWith("output 1 is "), rows.get(1).reason());
    assertTrue(rows.get(2).reason().startsWith("output 0 is "), rows.get(2).reason());
    assertNull(rows.get(3).reason());
    assertEquals("falls ended with 7", rows.get(4).reason());
    assertEquals("not built", rows.get(5).reason());
    assertTrue(
        rows.stream()
            .filter(row -> row.reason() != null)
            .allMatch(row -> Double.isNaN(row.ratio())));
    String table = Report.tables(rows);
    assertTrue(table.endsWith("\n- absent: not built\n"), table);
    assertTrue(table.contains("- falls: falls ended with 7\n"), table);
    String[] lines = table.split("\n");
    assertEquals(1, Arrays.stream(lines).limit(3).map(String::length).distinct().count(), table);
  }

  @Test
  void aPeerThatDoesNotLearnIsNotTimed() throws Exception {
    Case of = new Case(Case.TRAIN, "lstm", 5, 24, 3, 4, 1, 6, 1);
    Peer idle = new Peer("idle", null, NeverLearns.class.getName());
    try (Contest contest = contest()) {
      Row row = contest.measure(of, List.of(idle)).get(0);
      assertTrue(row.reason().startsWith("output 1 is "), row.reason());
      assertTrue(Double.isNaN(row.ratio()));
    }
  }

  @Test
  void moreThreadsThanCoresAreNotMeasured() throws Exception {
    int cores = Runtime.getRuntime().availableProcessors();
    Case of = step("lstm", cores + 1, 1, cores + 1);
    try (Contest contest = contest()) {
      List<Row> rows = contest.measure(of, List.of(Peer.EDDY, Peer.LIMITS));
      assertEquals(2, rows.size());
      for (Row row : rows) {
        assertEquals((cores + 1) + " threads; this machine has " + cores, row.reason());
        assertTrue(Double.isNaN(row.eddy().nanos()));
      }
      Path json = folder.resolve("skipped.json");
      Report.writeJson(json, Report.machine(contest), rows, List.of(), null);
      JsonNode row = new ObjectMapper().readTree(json.toFile()).at("/rows/1");
      assertTrue(row.get("eddy_us").isNull());
      assertEquals(rows.get(1).reason(), row.get("reason").asText());
      assertTrue(Report.tables(rows).contains("- eddy: " + rows.get(0).reason()));
    }
  }

  @Test
  void whatBothThreadsOfTrainingAllocateIsCounted() throws Exception {
    Case of = new Case(Case.TRAIN, "gru", 5, 24, 3, 4, 2, 6, 2);
    try (Contestant.Run run = new EddyContestant().prepare(of)) {
      run.run();
      assertEquals(2, run.threads().size());
    }
  }

  /** One that is learned again and again loses less each time. */
  @Test
  void aRunOnTokensIsAnotherMiniBatchThanTheLast() throws Exception {
    Case of = new Case(Case.TRAIN_TEXT, "gru", 8, 24, 3, 1, 1, 1, 1);
    try (Contestant.Run run = new EddyContestant().prepare(of)) {
      float[] losses = run.outputs();
      assertTrue(
          IntStream.range(1, losses.length).anyMatch(i -> losses[i] > losses[i - 1]),
          () -> Arrays.toString(losses));
    }
  }

  @Test
  void whatHasBeenMeasuredIsReportedWhereTheRestFails() throws Exception {
    assertEquals(
        "java.lang.IllegalArgumentException: bench: there is no section sing",
        reported(IllegalArgumentException.class, List.of("sing")));
    List<String> sections =
        new AbstractList<>() {
          @Override
          public String get(int index) {
            Thread.currentThread().interrupt(); // as Ctrl-C does
            throw new LinkageError("no section");
          }

          @Override
          public boolean contains(Object section) {
            return false;
          }

          @Override
          public int size() {
            return 1;
          }
        };
    assertEquals("java.lang.LinkageError: no section", reported(LinkageError.class, sections));
  }

  /** The error in the report of what ends with that. */
  private String reported(Class<? extends Throwable> end, List<String> sections) throws Exception {
    Path json = folder.resolve(end.getName());
    StringWriter out = new StringWriter();
    assertThrows(
        end,
        () ->
            Bench.run(
                sections, true, json, folder, folder.resolve("log"), 0, new PrintWriter(out)));
    assertTrue(out.toString().contains("- fma_peak_gflops: "), out::toString);
    return new ObjectMapper().readTree(json.toFile()).path("error").asText();
  }

  @Test
  void whatEddyCannotEndsTheRun() throws Exception {
    try (Contest contest = contest()) {
      Case unknown = new Case("sing", "lstm", 5, 24, 3, 1, 1, 1, 1);
      var e = assertThrows(WorkerException.class, () -> contest.measure(unknown, List.of()));
      assertEquals("eddy has no sing", e.getMessage());
    }
  }
}
