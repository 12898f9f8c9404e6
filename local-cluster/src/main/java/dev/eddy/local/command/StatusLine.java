package dev.eddy.local.command;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;
import org.apache.flink.configuration.Configuration;

/** One line on a terminal that says every second how a job goes; nothing where there is none. */
final class StatusLine implements AutoCloseable {
  private static final String CLEAR = "\r\033[K";
  private static final long EVERY_MILLIS = 1_000;

  private final PrintStream out = System.err;
  private final Timer timer = new Timer("eddy-status", true);
  private boolean closed;
  private double lastEvents;

  /** Begins to show the job that will run with that configuration. */
  StatusLine(Configuration configuration) {
    if (Terminal.columns() == 0) {
      return;
    }
    JobMetrics.collect(configuration);
    TimerTask task =
        new TimerTask() {
          @Override
          public void run() {
            show();
          }
        };
    timer.schedule(task, EVERY_MILLIS, EVERY_MILLIS);
  }

  private synchronized void show() {
    if (!closed) {
      String text = text();
      out.print(CLEAR + text.substring(0, Math.min(text.length(), Terminal.columns() - 1)));
      out.flush();
    }
  }

  private String text() {
    double tagged = JobMetrics.sum("inference_requests");
    double learned = JobMetrics.sum("trainedEvents");
    double events = tagged + learned;
    double rate = (events - lastEvents) * 1000 / EVERY_MILLIS;
    lastEvents = events;
    if (learned > 0) {
      return String.format(
          Locale.ROOT,
          "learned %,.0f events, %,.0f/s | loss %.3f, accuracy %.3f | version %.0f published",
          events,
          rate,
          JobMetrics.greatest("loss"),
          JobMetrics.greatest("accuracy"),
          JobMetrics.greatest("publishedVersion"));
    }
    return String.format(
        Locale.ROOT,
        "tagged %,.0f events, %,.0f/s | model version %.0f",
        events,
        rate,
        JobMetrics.greatest("modelVersion"));
  }

  @Override
  public synchronized void close() {
    timer.cancel();
    closed = true;
    if (Terminal.columns() > 0) {
      out.print(CLEAR);
      out.flush();
    }
  }
}
