package dev.eddy.local.command;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.local.LocalFlink;
import dev.eddy.local.ProgressLine;
import java.util.function.BiConsumer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job between Kafka topics, on a cluster inside this JVM. */
final class LocalRun {
  private LocalRun() {}

  /** Defines a job and runs it until it ends, fails or is interrupted. */
  static void untilItEnds(
      BiConsumer<StreamExecutionEnvironment, Configuration> job, Configuration configuration)
      throws Exception {
    // brokers that do not answer are waited for
    configuration
        .getOptional(EddyOptions.BOOTSTRAP_SERVERS)
        .ifPresent(brokers -> System.err.println("connecting to Kafka at " + brokers));
    var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    job.accept(environment, configuration);
    ProgressLine status = JobStatus.show(configuration);
    try (status;
        LocalFlink flink = new LocalFlink(environment.getParallelism(), configuration)) {
      flink.submit(environment).getJobExecutionResult().get();
    }
  }
}
