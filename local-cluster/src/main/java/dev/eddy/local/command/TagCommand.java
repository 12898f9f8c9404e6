package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.FileTagging;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.ProgressLine;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** The tagging job, against any Kafka or from file to file. */
@Command(
    name = "tag",
    header = "Tags events: from Kafka to Kafka, or from file to file without Kafka.",
    description = {
      "From Kafka it runs until it is stopped (Ctrl-C). From a file of JSON lines it writes one file"
          + " of tags; the end of the file ends every sequence. Bad events are listed in"
          + " <output>.dead-letters.jsonl with line and reason, and make the exit code 3.%n",
      "Options of the job follow as --key value or stand in a file: --config FILE.%n"
    },
    footer = {
      "%nExamples:",
      "  ./eddy tag --model model --input events.jsonl --output tags.jsonl --scores",
      "  ./eddy tag --model model --input begun.jsonl --output text.jsonl \\",
      "      --generate.length 50",
      "      a language model goes on where a sequence ends",
      "  ./eddy tag --model model --kafka.bootstrap.servers localhost:9092 \\",
      "      --topic.events events --topic.tags tags --parallelism.default 2"
    },
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TagCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "The model directory to start from; ./eddy init makes one.")
  private String model;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "Events, one JSON object a line; without it they come from Kafka.")
  private Path input;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Tags of the input, one JSON object a line; replaced if it exists.")
  private Path output;

  @Option(names = "--scores", description = "Give the probabilities of all labels too.")
  private boolean scores;

  @Unmatched private List<String> jobOptions = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    Configuration configuration = JobFlags.load(spec, jobOptions);
    if (model != null) {
      configuration.set(EddyOptions.MODEL_DIRECTORY, model);
    }
    if (scores) {
      configuration.set(EddyOptions.SCORES, true);
    }
    if (input != null && output != null) {
      return tagFile(configuration);
    }
    if (input != null || output != null) {
      throw new BadConfiguration(
          (input == null ? "--input" : "--output")
              + ": must be given; a file of events is tagged to another file");
    }
    LocalRun.untilItEnds(KafkaJobs::tagging, configuration);
    return 0;
  }

  private int tagFile(Configuration configuration) throws Exception {
    ProgressLine status = JobStatus.show(configuration);
    FileTagging tagging = new FileTagging(configuration, input, output);
    FileTagging.Result result;
    try (status) {
      result = tagging.run();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(counted(result.tags(), "tag") + " in " + output);
    if (result.deadLetters() == 0) {
      return 0;
    }
    out.println(counted(result.deadLetters(), "bad event") + " in " + tagging.deadLetters());
    return Eddy.BAD_EVENTS;
  }

  static String counted(long count, String what) {
    return String.format(Locale.ROOT, "%,d %s%s", count, what, count == 1 ? "" : "s");
  }
}
