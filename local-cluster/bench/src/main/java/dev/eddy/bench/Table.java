package dev.eddy.bench;

import java.util.ArrayList;
import java.util.List;

/** A table in Markdown whose columns stand under each other in a terminal, too. */
final class Table {
  private final List<String> names;
  private final List<List<String>> lines = new ArrayList<>();

  Table(List<String> names) {
    this.names = List.copyOf(names);
  }

  /** Adds a line of as many cells as there are names. */
  void add(List<String> cells) {
    if (cells.size() != names.size()) {
      throw new IllegalArgumentException(cells.size() + " cells; must be " + names.size());
    }
    lines.add(List.copyOf(cells));
  }

  private boolean ofNumbers(int column) {
    return lines.stream().allMatch(line -> line.get(column).matches("[-0-9].*"));
  }

  @Override
  public String toString() {
    StringBuilder table = new StringBuilder();
    List<List<String>> all = new ArrayList<>(List.of(names, rule()));
    all.addAll(lines);
    for (List<String> line : all) {
      for (int column = 0; column < names.size(); column++) {
        String cell = line.get(column);
        String fill = (line == all.get(1) ? "-" : " ").repeat(width(column) - cell.length());
        table.append("| ").append(ofNumbers(column) ? fill + cell : cell + fill).append(' ');
      }
      table.append("|\n");
    }
    return table.toString();
  }

  private List<String> rule() {
    List<String> rule = new ArrayList<>();
    for (int column = 0; column < names.size(); column++) {
      rule.add(ofNumbers(column) ? "-:" : "--");
    }
    return rule;
  }

  private int width(int column) {
    int width = Math.max(2, names.get(column).length());
    for (List<String> line : lines) {
      width = Math.max(width, line.get(column).length());
    }
    return width;
  }
}
