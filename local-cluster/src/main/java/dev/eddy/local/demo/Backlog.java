package dev.eddy.local.demo;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.kafka.clients.admin.Admin;

/**
 * How far the jobs are behind the player: events written less the offsets that a job's consumer
 * group has committed with its checkpoints.
 */
final class Backlog implements AutoCloseable {
  /** A job that commits nothing for so long while it is behind is stuck. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long LOOK_EVERY_MILLIS = 100;

  /** A job and what it reads. */
  record Reader(String name, String group, JobClient job) {}

  private final Admin admin;
  private final Reader tagging;
  private final Reader training;

  Backlog(String bootstrapServers, Reader tagging, Reader training) {
    admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers));
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
      throws InterruptedException, ExecutionException {
    await(tagging, events - behind);
    await(training, labelled - behind);
  }

  private void await(Reader reader, long offset) throws InterruptedException, ExecutionException {
    long last = -1;
    long moved = System.nanoTime();
    for (; ; ) {
      long committed = committed(reader);
      if (committed >= offset) {
        return;
      }
      if (reader.job().getJobStatus().get().isTerminalState()) {
        reader.job().getJobExecutionResult().get();
        throw new ExecutionException("the " + reader.name() + " job has ended", null);
      }
      if (committed > last) {
        last = committed;
        moved = System.nanoTime();
      } else if (System.nanoTime() - moved > PATIENCE.toNanos()) {
        throw new ExecutionException(
            "the %s job is stuck: %d events read, none more within %d s"
                .formatted(reader.name(), committed, PATIENCE.toSeconds()),
            null);
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
  }

  private long committed(Reader reader) throws InterruptedException, ExecutionException {
    return admin
        .listConsumerGroupOffsets(reader.group())
        .partitionsToOffsetAndMetadata()
        .get()
        .values()
        .stream()
        .mapToLong(o -> o == null ? 0 : o.offset())
        .sum();
  }

  @Override
  public void close() {
    admin.close();
  }
}
