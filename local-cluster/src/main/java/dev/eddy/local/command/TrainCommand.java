package dev.eddy.local.command;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** The training job against any Kafka. */
@Command(
    name = "train",
    header = "Learns from labelled events in Kafka and publishes models to Kafka.",
    description = {
      "Runs until it is stopped (Ctrl-C). Options of the job follow as --key value or stand in a"
          + " file: --config FILE.%n"
    },
    footer = {
      "%nExample:",
      "  ./eddy train --model model --kafka.bootstrap.servers localhost:9092 \\",
      "      --topic.labelled labelled --training.optimizer adamw \\",
      "      --training.learning-rate 0.001"
    },
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true)
final class TrainCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "The model directory to start from; ./eddy init makes one.")
  private String model;

  @Unmatched private List<String> jobOptions = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    Configuration configuration = JobFlags.load(spec, jobOptions);
    if (model != null) {
      configuration.set(EddyOptions.MODEL_DIRECTORY, model);
    }
    LocalRun.untilItEnds(KafkaJobs::training, configuration);
    return 0;
  }
}
