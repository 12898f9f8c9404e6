package dev.eddy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rows as tables and as JSON, with the machine. */
final class Report {
  /** A share of a limit that is greater than this is none: the limit was measured too low. */
  private static final double HIGHEST_SHARE = 1.05;

  /** A ratio below this is said in words: the peer is faster, or as fast. */
  private static final double CLEARLY_AHEAD = 1.05;

  private Report() {}

  /**
   * A table for each kind of case: a line for each case and a column for each peer, with the ratio
   * and in brackets the peer's time. Why a peer has none stands below the table.
   */
  static String tables(List<Row> rows) {
    StringBuilder tables = new StringBuilder();
    for (String name : rows.stream().map(row -> row.of().name()).distinct().toList()) {
      List<Row> own = rows.stream().filter(row -> row.of().name().equals(name)).toList();
      tables.append(tables.isEmpty() ? "" : "\n").append(table(name, own));
    }
    return tables.toString();
  }

  private static String table(String name, List<Row> rows) {
    List<String> peers = rows.stream().map(Row::peer).filter(Objects::nonNull).distinct().toList();
    boolean learns = rows.get(0).of().learns();
    List<String> names = new ArrayList<>(List.of(name, "d", "h", "batch", "layers"));
    names.addAll(learns ? List.of("length") : List.of());
    names.addAll(List.of("threads", "us", "fma", "l2", "bytes"));
    names.addAll(learns ? List.of("tokens/s") : List.of());
    names.addAll(peers);
    Table table = new Table(names);
    for (Case of : rows.stream().map(Row::of).distinct().toList()) {
      List<Row> own = rows.stream().filter(row -> row.of().equals(of)).toList();
      List<String> cells = new ArrayList<>(cells(own.get(0)));
      for (String peer : peers) {
        cells.add(
            own.stream()
                .filter(row -> peer.equals(row.peer()) && row.reason() == null)
                .map(row -> number(row.ratio(), 2) + " (" + number(row.peerNanos() / 1e3, 1) + ")")
                .findAny()
                .orElse("-"));
      }
      table.add(cells);
    }
    StringBuilder notes = new StringBuilder();
    rows.stream()
        .filter(row -> row.fmaShare() > HIGHEST_SHARE || row.l2Share() > HIGHEST_SHARE)
        .map(row -> "- " + row.of() + ": above what the core was measured to do at the beginning\n")
        .distinct()
        .forEach(notes::append);
    for (String peer : peers) {
      String near =
          rows.stream()
              .filter(row -> !row.of().name().equals(Case.STEP_AFTER_OTHERS))
              .filter(row -> peer.equals(row.peer()) && row.ratio() < CLEARLY_AHEAD)
              .map(row -> row.of() + " (" + number(row.ratio(), 2) + ")")
              .collect(Collectors.joining(", "));
      notes.append(
          near.isEmpty() ? "" : "- not 1.05 times as fast as " + peer + ": " + near + '\n');
    }
    rows.stream()
        .filter(row -> row.reason() != null)
        .map(row -> "- " + row.peer() + ": " + row.reason() + '\n')
        .distinct()
        .forEach(notes::append);
    return table + (notes.isEmpty() ? "" : "\n" + notes);
  }

  /** What is Eddy's own. */
  private static List<String> cells(Row row) {
    Case of = row.of();
    List<String> cells = new ArrayList<>(List.of(of.cell(), "" + of.d(), "" + of.h()));
    cells.addAll(List.of("" + of.batch(), "" + of.layers()));
    cells.addAll(of.learns() ? List.of("" + of.length()) : List.of());
    cells.add(of.threads() + (of.eddyThreads() < of.threads() ? " (eddy 1)" : ""));
    cells.add(number(row.eddy().nanos() / 1e3, 2));
    cells.addAll(List.of(percent(row.fmaShare()), percent(row.l2Share())));
    cells.add(number(row.eddy().bytes(), 0));
    double tokens = row.tokensPerSecond(row.eddy().nanos());
    cells.addAll(of.learns() ? List.of(number(tokens, 0)) : List.of());
    return cells;
  }

  private static String number(double value, int decimals) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", value);
  }

  private static String percent(double share) {
    return Double.isNaN(share) ? "-" : Math.round(100 * share) + "%";
  }

  /** The machine in a few words, with what was measured of it. */
  static Map<String, Object> machine(Contest contest) throws IOException {
    String cpu = System.getProperty("os.arch");
    Path info = Path.of("/proc/cpuinfo");
    if (Files.exists(info)) {
      try (Stream<String> lines = Files.lines(info)) {
        cpu =
            lines
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(cpu);
      }
    }
    Map<String, Object> machine = new LinkedHashMap<>();
    machine.put("cpu", cpu);
    machine.put("cores", Runtime.getRuntime().availableProcessors());
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("java", Runtime.version().toString());
    machine.put("fma_peak_gflops", Math.rint(10 * contest.fmaPeak()) / 10);
    machine.put("l2_read_gb_per_s", Math.rint(10 * contest.l2Bandwidth()) / 10);
    machine.put("contestants", contest.versions());
    return machine;
  }

  /**
   * Writes the report.
   *
   * @param error why there are no more rows, null where all are there
   */
  static void writeJson(
      Path file,
      Map<String, Object> machine,
      List<Row> rows,
      List<StreamRow> streamRows,
      String error)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode report = mapper.createObjectNode();
    report.set("machine", mapper.valueToTree(machine));
    report.put("error", error);
    var array = report.putArray("rows");
    for (Row row : rows) {
      Case of = row.of();
      ObjectNode node = array.addObject();
      node.put("name", of.name()).put("cell", of.cell()).put("d", of.d()).put("h", of.h());
      node.put("batch", of.batch()).put("layers", of.layers()).put("length", of.length());
      node.put("threads", of.threads()).put("eddy_threads", of.eddyThreads());
      node.put("peer", row.peer());
      put(node, "eddy_us", row.eddy().nanos() / 1e3);
      put(node, "peer_us", row.peerNanos() / 1e3);
      put(node, "ratio", row.ratio());
      put(node, "fma_share", row.fmaShare());
      put(node, "l2_share", row.l2Share());
      put(node, "eddy_bytes", Math.rint(row.eddy().bytes()));
      if (of.learns()) {
        put(node, "eddy_tokens_per_s", row.tokensPerSecond(row.eddy().nanos()));
        put(node, "peer_tokens_per_s", row.tokensPerSecond(row.peerNanos()));
      }
      if (row.reason() != null) {
        node.put("reason", row.reason());
      }
    }
    streamRows.forEach(row -> array.add(mapper.valueToTree(row.json())));
    mapper.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), report);
  }

  private static void put(ObjectNode node, String key, double value) {
    if (Double.isNaN(value)) {
      node.putNull(key);
    } else {
      node.put(key, value);
    }
  }
}
