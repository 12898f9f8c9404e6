package dev.eddy.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;

/**
 * How far the jobs are behind the player: events written less those that a job's source has passed
 * on, as Flink's REST interface says. (The offsets that a consumer group has committed say it up to
 * ten seconds late where a source waits for records.)
 */
final class Backlog {
  /** A job whose source passes on nothing for so long while it is behind is stuck. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long LOOK_EVERY_MILLIS = 50;

  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectMapper json = new ObjectMapper();
  private final URI rest;
  private final JobClient tagging;
  private final JobClient training;

  Backlog(URI rest, JobClient tagging, JobClient training) {
    this.rest = rest;
    this.tagging = tagging;
    this.training = training;
  }

  /**
   * Waits until no job is further behind.
   *
   * @param events written for the tagging job
   * @param labelled written for the training job
   * @throws ExecutionException where a job failed or is stuck
   */
  void awaitAtMost(long behind, long events, long labelled)
      throws InterruptedException, ExecutionException, IOException {
    await("tagging", tagging, events - behind);
    await("training", training, labelled - behind);
  }

  private void await(String name, JobClient job, long events)
      throws InterruptedException, ExecutionException, IOException {
    long last = -1;
    long moved = System.nanoTime();
    for (; ; ) {
      long passedOn = passedOn(job);
      if (passedOn >= events) {
        return;
      }
      if (job.getJobStatus().get().isTerminalState()) {
        job.getJobExecutionResult().get();
        throw new ExecutionException("the " + name + " job has ended", null);
      }
      if (passedOn > last) {
        last = passedOn;
        moved = System.nanoTime();
      } else if (System.nanoTime() - moved > PATIENCE.toNanos()) {
        throw new ExecutionException(
            "the %s job is stuck: %d events read, none more within %d s"
                .formatted(name, passedOn, PATIENCE.toSeconds()),
            null);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
  }

  /** Events that the source of a job has passed on, 0 until all of its tasks run. */
  private long passedOn(JobClient job) throws InterruptedException, IOException {
    HttpRequest request = HttpRequest.newBuilder(rest.resolve("/jobs/" + job.getJobID())).build();
    byte[] details = http.send(request, BodyHandlers.ofByteArray()).body();
    long passedOn = 0;
    for (JsonNode vertex : json.readTree(details).path("vertices")) {
      if (!vertex.path("status").asText().equals("RUNNING")) {
        return 0;
      }
      if (vertex.path("name").asText().startsWith("Source: events")) {
        passedOn = vertex.path("metrics").path("write-records").asLong();
      }
    }
    return passedOn;
  }
}
