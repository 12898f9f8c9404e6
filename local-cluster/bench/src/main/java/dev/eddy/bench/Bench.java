package dev.eddy.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.eddy.local.ProgressLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code ./eddy bench} runs. */
public final class Bench {
  private final Contest contest;
  private final List<Row> rows = new ArrayList<>();
  private final List<StreamRow> streamRows = new ArrayList<>();
  private volatile String doing = "starting";

  private Bench(Contest contest) {
    this.contest = contest;
  }

  /**
   * Measures and reports.
   *
   * @param sections {@code kernel}, {@code train}, {@code stream}
   * @param json file for the report, null for none
   * @param modules the folder of the modules of the peers
   * @param log for what contestants say on standard error
   * @param columns of the terminal that standard error goes to, 0 where it goes elsewhere
   */
  public static void run(
      List<String> sections,
      boolean quick,
      Path json,
      Path modules,
      Path log,
      int columns,
      PrintWriter out)
      throws Exception {
    if (sections.contains("stream")) {
      var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      StreamBench.requireMemory(quick, system.getTotalMemorySize());
    }
    try (Contest contest = new Contest(quick ? Effort.QUICK : Effort.FULL, modules, log)) {
      Bench bench = new Bench(contest);
      var progress = new ProgressLine(System.err, columns, () -> bench.doing);
      try {
        contest.measureLimits();
        for (String section : sections) {
          if (section.equals("stream")) {
            StreamBench.measure(
                quick, modules, log, doing -> bench.doing = doing, bench.streamRows::add);
          } else {
            bench.measure(section);
          }
        }
      } catch (Throwable e) {
        progress.close();
        // Ctrl-C has interrupted this thread, which could not read files for the report
        Thread.interrupted();
        // what there is, too
        try {
          bench.report(json, out, Worker.failure(e).reason());
        } catch (Throwable unwritten) {
          e.addSuppressed(unwritten);
        }
        throw e;
      }
      progress.close();
      bench.report(json, out, null);
    }
  }

  private void report(Path json, PrintWriter out, String error) throws IOException {
    Map<String, Object> machine = Report.machine(contest);
    machine.forEach((key, value) -> out.println("- " + key + ": " + value));
    out.println();
    if (!rows.isEmpty()) {
      out.println(Report.tables(rows));
    }
    out.print(StreamRow.tables(streamRows));
    out.flush();
    if (json != null) {
      Report.writeJson(json, machine, rows, streamRows, error);
    }
  }

  private void measure(String section) throws Exception {
    switch (section) {
      case "kernel" -> {
        measure(section, KernelBench.products(), Peer.OF_PRODUCTS);
        measure(section, KernelBench.cases(), Peer.OF_STEPS);
        measure(section, KernelBench.afterOthers(), Peer.OF_STEPS_AFTER_OTHERS);
      }
      case "train" -> measure(section, TrainBench.cases(), Peer.OF_TRAINING);
      default -> throw new IllegalArgumentException("bench: there is no section " + section);
    }
  }

  private void measure(String section, List<Case> cases, List<Peer> peers) throws Exception {
    for (int i = 0; i < cases.size(); i++) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      doing =
          String.format(Locale.ROOT, "%s %d/%d: %s", section, i + 1, cases.size(), cases.get(i));
      rows.addAll(contest.measure(cases.get(i), peers));
    }
  }
}
