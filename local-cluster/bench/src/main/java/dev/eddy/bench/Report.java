package dev.eddy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** The rows as a table and as JSON, with the machine. */
final class Report {
  private Report() {}

  /** The table; a peer that did not run has its reason in place of numbers. */
  static String table(List<Row> rows) {
    StringBuilder table = new StringBuilder();
    Object[] names = {
      "name", "cell", "d", "h", "batch", "layers", "threads", "peer", "eddy us", "peer us", "ratio",
      "fma", "l2", "bytes"
    };
    line(table, names);
    for (Row row : rows) {
      Case of = row.of();
      line(
          table,
          of.name(),
          of.cell(),
          of.d(),
          of.h(),
          of.batch(),
          of.layers(),
          of.threads(),
          row.peer() == null ? "-" : row.peer(),
          number(row.eddy().nanos() / 1e3, 2),
          number(row.peerNanos() / 1e3, 2),
          number(row.ratio(), 2),
          percent(row.fmaShare()),
          percent(row.l2Share()),
          number(row.eddy().bytes(), 0));
      if (of.eddyThreads() < of.threads()) {
        table.append("    eddy has one thread\n");
      }
      if (row.reason() != null) {
        table.append("    ").append(row.peer()).append(": ").append(row.reason()).append('\n');
      }
    }
    return table.toString();
  }

  private static void line(StringBuilder table, Object... cells) {
    table
        .append(
            String.format(
                    Locale.ROOT,
                    "%-17s %-4s %3s %4s %5s %6s %7s  %-18s %11s %11s %6s %5s %5s %7s",
                    cells)
                .stripTrailing())
        .append('\n');
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
    return Map.of(
        "cpu", cpu,
        "cores", Runtime.getRuntime().availableProcessors(),
        "os", System.getProperty("os.name") + " " + System.getProperty("os.version"),
        "java", Runtime.version().toString(),
        "fma_peak_gflops", contest.fmaPeak(),
        "l2_read_gb_per_s", contest.l2Bandwidth(),
        "contestants", contest.versions());
  }

  static void writeJson(
      Path file, Map<String, Object> machine, List<Row> rows, List<StreamRow> streamRows)
      throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode report = mapper.createObjectNode();
    report.set("machine", mapper.valueToTree(machine));
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
