package dev.eddy.local.command;

import dev.eddy.local.ProgressLine;
import dev.eddy.local.Rate;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.flink.configuration.Configuration;

/** What the metrics say of the job that runs in this JVM, in one line. */
final class JobStatus implements Supplier<String> {
  private final Rate rate = new Rate();

  private JobStatus() {}

  /** Shows the job that will run with that configuration, from now on. */
  static ProgressLine show(Configuration configuration) {
    JobMetrics.collect(configuration);
    return new ProgressLine(System.err, Terminal.columns(), new JobStatus());
  }

  @Override
  public String get() {
    if (!JobMetrics.has("inference_requests") && !JobMetrics.has("trainedEvents")) {
      return "starting";
    }
    double tagged = JobMetrics.sum("inference_requests");
    double learned = JobMetrics.sum("trainedEvents");
    double events = tagged + learned;
    double now = rate.at(events);
    if (JobMetrics.has("trainedEvents")) {
      return String.format(
          Locale.ROOT,
          "learned %,.0f events, %,.0f/s | loss %.3f, accuracy %.3f | version %.0f published",
          events,
          now,
          JobMetrics.greatest("loss"),
          JobMetrics.greatest("accuracy"),
          JobMetrics.greatest("publishedVersion"));
    }
    return String.format(
        Locale.ROOT,
        "tagged %,.0f events, %,.0f/s | model version %.0f",
        events,
        now,
        JobMetrics.greatest("modelVersion"));
  }
}
