package dev.eddy.local.command;

import dev.eddy.local.LocalFlink;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job on a cluster inside this JVM. */
final class LocalRun {
  private LocalRun() {}

  /** Runs what was defined in the environment until it ends, fails or is interrupted. */
  static JobExecutionResult untilItEnds(
      StreamExecutionEnvironment environment, Configuration configuration) throws Exception {
    StatusLine status = new StatusLine(configuration);
    try (status;
        LocalFlink flink = new LocalFlink(environment.getParallelism(), configuration)) {
      return flink.submit(environment).getJobExecutionResult().get();
    }
  }
}
