package dev.eddy.bench;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A line of the report about a job.
 *
 * @param peer null where Eddy is alone
 * @param figures by their names in JSON, in the order of the table
 * @param reason why there are no figures, else null
 */
record StreamRow(
    String name, StreamCase of, String peer, Map<String, Double> figures, String reason)
    implements Serializable {

  /** What the JSON has: the keys of every row, then those of a job, then its figures. */
  Map<String, Object> json() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", name);
    row.put("cell", "lstm");
    row.put("d", StreamCase.INPUTS);
    row.put("h", of.h());
    row.put("batch", peer == null ? StreamCase.BATCH : 1);
    row.put("layers", of.layers());
    row.put("threads", 1);
    row.put("peer", peer);
    row.put("eddy_us", null);
    row.put("peer_us", null);
    row.put("ratio", null);
    row.put("keys", of.keys());
    row.put("backend", of.backend());
    row.put("checkpoints", of.checkpoints());
    row.putAll(figures);
    if (reason != null) {
      row.put("reason", reason);
    }
    return row;
  }

  /** A table for each name. */
  static String tables(List<StreamRow> rows) {
    StringBuilder tables = new StringBuilder();
    String name = "";
    for (StreamRow row : rows) {
      if (!row.name.equals(name)) {
        name = row.name;
        tables.append(tables.isEmpty() ? "" : "\n").append(table(name, rows));
      }
    }
    return tables.toString();
  }

  private static String table(String name, List<StreamRow> rows) {
    List<StreamRow> own = rows.stream().filter(row -> row.name.equals(name)).toList();
    List<String> figures = new ArrayList<>();
    for (StreamRow row : own) {
      row.figures.keySet().stream().filter(key -> !figures.contains(key)).forEach(figures::add);
    }
    List<String> names = new ArrayList<>(List.of(name, "h", "layers", "keys", "peer"));
    names.addAll(figures);
    Table table = new Table(names);
    StringBuilder notes = new StringBuilder();
    for (StreamRow row : own) {
      StreamCase of = row.of;
      List<String> cells = new ArrayList<>(List.of(of.backend(), "" + of.h(), "" + of.layers()));
      cells.addAll(List.of("" + of.keys(), row.peer == null ? "-" : row.peer));
      figures.forEach(figure -> cells.add(row.shown(figure)));
      table.add(cells);
      notes.append(row.reason == null ? "" : "- " + row.peer + ": " + row.reason + '\n');
    }
    return table + (notes.isEmpty() ? "" : "\n" + notes);
  }

  private String shown(String figure) {
    Double value = figures.get(figure);
    return value == null ? "-" : String.format(Locale.ROOT, value >= 1000 ? "%.0f" : "%.2f", value);
  }
}
