package dev.eddy.local.endtoend;

import dev.eddy.local.LocalFlink;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.time.Deadline;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.concurrent.FutureUtils;
import org.apache.flink.util.concurrent.ScheduledExecutorServiceAdapter;

/** A job in a cluster: its checkpoints are taken when a test says so. */
final class RunningJob {
  /** How a job is built into an environment. */
  interface Definition {
    void define(StreamExecutionEnvironment env, Configuration configuration) throws Exception;
  }

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(20);

  private final LocalFlink flink;
  private final JobClient client;

  private RunningJob(LocalFlink flink, JobClient client) {
    this.flink = flink;
    this.client = client;
  }

  /** Returns when all its tasks run. */
  static RunningJob start(LocalFlink flink, Definition job, Configuration configuration)
      throws Exception {
    RunningJob running = submit(flink, job, configuration);
    running.awaitAttempt(0);
    return running;
  }

  /** Returns when the cluster has it. */
  static RunningJob submit(LocalFlink flink, Definition job, Configuration configuration)
      throws Exception {
    var env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    job.define(env, configuration);
    return new RunningJob(flink, flink.submit(env));
  }

  /** Takes a checkpoint and returns its number when it is complete. */
  long checkpoint() throws Exception {
    soon(flink.cluster().triggerCheckpoint(client.getJobID()));
    return checkpoints().getHistory().getLatestCompletedCheckpoint().getCheckpointId();
  }

  CheckpointStatsSnapshot checkpoints() throws Exception {
    return soon(flink.cluster().getExecutionGraph(client.getJobID())).getCheckpointStatsSnapshot();
  }

  /** Returns when every task runs in that attempt: 0 is the first, 1 the one after a failure. */
  void awaitAttempt(int attempt) throws Exception {
    await(
        graph ->
            graph.getState() == JobStatus.RUNNING
                && vertices(graph).findAny().isPresent()
                && vertices(graph).allMatch(vertex -> runs(vertex, attempt)));
  }

  private static Stream<? extends AccessExecutionVertex> vertices(AccessExecutionGraph graph) {
    return StreamSupport.stream(graph.getAllExecutionVertices().spliterator(), false);
  }

  private static boolean runs(AccessExecutionVertex vertex, int attempt) {
    return vertex.getExecutionState() == ExecutionState.RUNNING
        && vertex.getCurrentExecutionAttempt().getAttemptNumber() == attempt;
  }

  private void await(Predicate<AccessExecutionGraph> holds) throws Exception {
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try {
      FutureUtils.retrySuccessfulWithDelay(
              () -> flink.cluster().getExecutionGraph(client.getJobID()).thenApply(g -> g),
              BETWEEN_LOOKS,
              Deadline.fromNow(DEADLINE),
              holds::test,
              new ScheduledExecutorServiceAdapter(timer))
          .get();
    } finally {
      timer.shutdownNow();
    }
  }

  /** Stops at a savepoint, with all that came before it committed; returns where it lies. */
  String stop(String folder) throws Exception {
    return end(false, folder);
  }

  /** Ends the input: what the job still holds is worked off and committed. */
  void drain(String folder) throws Exception {
    end(true, folder);
  }

  private String end(boolean drain, String folder) throws Exception {
    String savepoint = soon(client.stopWithSavepoint(drain, folder, SavepointFormatType.CANONICAL));
    soon(client.getJobExecutionResult());
    return savepoint;
  }

  /** Returns when it is cancelled. */
  void cancel() throws Exception {
    soon(client.cancel());
    soon(flink.cluster().requestJobResult(client.getJobID()));
  }

  private static <T> T soon(CompletableFuture<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
