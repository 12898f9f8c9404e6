package dev.eddy.local.command;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.FileTagging;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.jobs.Settings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine.ArgGroup;
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
      "  ./eddy tag --model model --kafka.bootstrap.servers localhost:9092 \\",
      "      --topic.events events --topic.tags tags --parallelism.default 2"
    },
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class TagCommand implements Callable<Integer> {
  /** Both or none. */
  static final class Files {
    @Option(
        names = "--input",
        paramLabel = "FILE",
        required = true,
        description = "Events, one JSON object a line.")
    private Path input;

    @Option(
        names = "--output",
        paramLabel = "FILE",
        required = true,
        description = "Tags, one JSON object a line; replaced if it exists.")
    private Path output;
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "The model directory to start from; ./eddy init makes one.")
  private String model;

  @ArgGroup(exclusive = false)
  private Files files;

  @Option(names = "--scores", description = "Give the probabilities of all labels too.")
  private boolean scores;

  @Unmatched private List<String> jobOptions = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    Configuration configuration = Settings.load(jobOptions);
    if (model != null) {
      configuration.set(EddyOptions.MODEL_DIRECTORY, model);
    }
    if (scores) {
      configuration.set(EddyOptions.SCORES, true);
    }
    if (files != null) {
      return tagFile(configuration);
    }
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    KafkaJobs.tagging(environment, configuration);
    LocalRun.untilItEnds(environment, configuration);
    return 0;
  }

  private int tagFile(Configuration configuration) throws Exception {
    StatusLine status = new StatusLine(configuration);
    FileTagging tagging = new FileTagging(configuration, files.input, files.output);
    FileTagging.Result result;
    try (status) {
      result = tagging.run();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(Locale.ROOT, "%,d tags in %s%n", result.tags(), files.output);
    if (result.deadLetters() == 0) {
      return 0;
    }
    out.printf(Locale.ROOT, "%,d bad events in %s%n", result.deadLetters(), tagging.deadLetters());
    return Eddy.BAD_EVENTS;
  }
}
