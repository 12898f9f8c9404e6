package dev.eddy.jobs;

import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What {@code flink run eddy-jobs.jar} starts: the job that the first argument names. */
public final class Main {
  private static final String USAGE =
      "usage: flink run eddy-jobs.jar tag|train [--config FILE] [--key value]...";

  private static final int BAD_CONFIGURATION = 2;

  private Main() {}

  /**
   * Starts a job; a bad configuration ends the process with exit code 2.
   *
   * @param arguments {@code tag} or {@code train}, then flags
   */
  public static void main(String[] arguments) throws Exception {
    try {
      start(List.of(arguments));
    } catch (BadConfiguration e) {
      if (!ownsTheProcess()) {
        throw e;
      }
      System.err.println("eddy: " + e.getMessage());
      System.exit(BAD_CONFIGURATION);
    }
  }

  private static void start(List<String> arguments) throws Exception {
    if (arguments.isEmpty()) {
      throw new BadConfiguration(USAGE);
    }
    List<String> flags = arguments.subList(1, arguments.size());
    var env = StreamExecutionEnvironment.getExecutionEnvironment();
    switch (arguments.get(0)) {
      case "tag" -> KafkaJobs.tagging(env, Settings.load(flags));
      case "train" -> KafkaJobs.training(env, Settings.load(flags));
      default -> throw new BadConfiguration(USAGE + ", got '" + arguments.get(0) + "'");
    }
    env.execute();
  }

  /** False inside a JobManager, which runs this too where a job is handed in over REST. */
  private static boolean ownsTheProcess() {
    String first =
        StackWalker.getInstance()
            .walk(frames -> frames.reduce((above, below) -> below))
            .orElseThrow()
            .getClassName();
    return first.equals(Main.class.getName())
        || first.equals("org.apache.flink.client.cli.CliFrontend");
  }
}
