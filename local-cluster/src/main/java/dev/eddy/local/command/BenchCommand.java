package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Measures Eddy beside its peers. Only the options are here: what measures is in modules that the
 * launcher builds, with the peers, once the options are known to be good.
 */
@Command(
    name = "bench",
    header = "The benchmarks, with the peers beside.",
    description = {
      "Every case is run by Eddy and by its peers (ONNX Runtime, DJL with PyTorch, oneDNN, OpenBLAS,"
          + " MKL, DL4J), each in a process of its own, in turn, with one thread and with"
          + " two, after their outputs have been compared. A ratio is the peer's time over Eddy's."
          + " The first run downloads the peers.%n"
    },
    footer = {"%nExamples:", "  ./eddy bench", "  ./eddy bench kernel --quick --json report.json"},
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
  /** Tells the launcher that the options are good and the benchmarks are not on the class path. */
  static final int NOT_BUILT = 75;

  private static final String BENCH = "dev.eddy.bench.Bench";

  private static final List<String> SECTIONS = List.of("kernel", "train", "stream");

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "SECTION",
      description =
          "What to measure: kernel (forward steps), train or stream (jobs). By default all.")
  private String section;

  @Option(
      names = "--quick",
      description = "Short rounds: a few minutes instead of half an hour, and less sure numbers.")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON, too.")
  private Path json;

  @Override
  public Integer call() throws Exception {
    if (section != null && !SECTIONS.contains(section)) {
      throw new BadConfiguration(
          "there is no section '" + section + "'; must be one of " + String.join(", ", SECTIONS));
    }
    if (json != null && Files.isDirectory(json)) {
      throw new BadConfiguration("--json: " + json + " is a folder, must be a file");
    }
    Path folder = json == null ? null : json.toAbsolutePath().getParent();
    if (folder != null && !Files.exists(json) && !Files.isWritable(folder)) {
      throw new BadConfiguration("--json: " + folder + " is no folder that can be written to");
    }
    if (json != null && Files.exists(json) && !Files.isWritable(json)) {
      throw new BadConfiguration("--json: " + json + " cannot be written to");
    }
    Method run;
    try {
      run =
          Class.forName(BENCH)
              .getMethod(
                  "run",
                  List.class,
                  boolean.class,
                  Path.class,
                  Path.class,
                  Path.class,
                  int.class,
                  PrintWriter.class);
    } catch (ClassNotFoundException e) {
      return NOT_BUILT;
    }
    try {
      run.invoke(
          null,
          section == null ? SECTIONS : List.of(section),
          quick,
          json,
          Path.of(System.getProperty("eddy.bench")),
          Path.of(System.getProperty("eddy.log")),
          Terminal.columns(),
          spec.commandLine().getOut());
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
    return 0;
  }
}
