package dev.eddy.bench;

import dev.eddy.jobs.TaggingJob;
import dev.eddy.local.LocalFlink;
import dev.eddy.operators.stream.TaggingOptions;
import dev.eddy.operators.stream.TaggingOptions.OnOtherShapes;
import dev.eddy.operators.stream.TaggingOptions.TakeUp;
import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Tag;
import dev.eddy.serialization.Types;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;

/** Runs jobs, one at a time, in a Flink cluster of this process. */
final class StreamJobs implements AutoCloseable {
  private static final Duration CHECKPOINTS = Duration.ofSeconds(1);

  /** What RocksDB has; that of a task manager as Flink configures it unless told otherwise. */
  private static final MemorySize MANAGED = MemorySize.ofMebiBytes(512);

  private static final Set<ExecutionState> OPEN =
      EnumSet.of(ExecutionState.RUNNING, ExecutionState.FINISHED);

  private final LocalFlink flink;

  StreamJobs() throws Exception {
    Configuration all = new Configuration();
    all.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MANAGED);
    flink = new LocalFlink(1, all);
  }

  /** What the jobs have in common: one subtask of each operator, values that are not copied. */
  static Configuration configuration(StreamCase of) {
    Configuration all = new Configuration();
    all.set(CoreOptions.DEFAULT_PARALLELISM, 1);
    all.set(PipelineOptions.OBJECT_REUSE, true);
    all.set(PipelineOptions.GENERIC_TYPES, false);
    all.set(PipelineOptions.MAX_PARALLELISM, 128);
    all.set(StateBackendOptions.STATE_BACKEND, of.backend());
    all.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    if (of.checkpoints()) {
      all.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINTS);
      // where a backend can: to write all of a large state each second is nobody's choice
      all.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
    }
    return all;
  }

  /** Adds the job of the product, or the same with another operator in the place of Eddy's. */
  static void define(
      StreamExecutionEnvironment env,
      StreamCase of,
      Tagger tagger,
      boolean scores,
      Source<Received, ?, ?> events,
      Sink<Tag> tags) {
    // a stream of models that ends at once: its one record belongs to no model
    var models = new DataGeneratorSource<>(any -> new ModelRecord("", null), 1, Types.MODEL_RECORD);
    var lost = new DiscardingSink<DeadLetter>();
    var options =
        new TaggingOptions(
            StreamCase.BATCH,
            Duration.ofMillis(5),
            scores,
            TakeUp.CHECKPOINT,
            OnOtherShapes.REFUSE);
    var job = new TaggingJob(events, models, tags, lost, of.model(), options);
    if (tagger.equals(Tagger.EDDY)) {
      job.define(env);
    } else {
      var function = new PerEventFunction(of, tagger.step(), scores);
      job.define(env, new KeyedCoProcessOperator<>(function));
    }
  }

  /** Runs a job over so many events. */
  void run(StreamCase of, Tagger tagger, boolean scores, long events, Consumer<Tag> tags)
      throws Exception {
    end(start(of, tagger, scores, new StreamEvents(of.keys()), events, tags, false));
  }

  /**
   * Runs a job until a meter has read, has it take one more checkpoint where it takes any, and
   * cancels it.
   *
   * @return bytes of all that its last checkpoint consists of; 0 where it takes none
   */
  long run(StreamCase of, Tagger tagger, CpuMeter meter) throws Exception {
    var events = new StreamEvents(of.keys());
    JobClient job = start(of, tagger, false, events, Long.MAX_VALUE, meter, false);
    await(CompletableFuture.anyOf(meter.done(), job.getJobExecutionResult()));
    if (of.checkpoints()) {
      await(flink.cluster().triggerCheckpoint(job.getJobID()));
    }
    job.cancel().get();
    flink.cluster().requestJobResult(job.getJobID()).get();
    if (!of.checkpoints()) {
      return 0;
    }
    return graph(job.getJobID())
        .getCheckpointStatsSnapshot()
        .getHistory()
        .getLatestCompletedCheckpoint()
        .getStateSize();
  }

  /**
   * Starts a job over so many events of a generator.
   *
   * @param prompt whether each event is handed on at once instead of with others
   */
  JobClient start(
      StreamCase of,
      Tagger tagger,
      boolean scores,
      GeneratorFunction<Long, Received> generator,
      long events,
      Consumer<Tag> tags,
      boolean prompt)
      throws Exception {
    TagSink.handTo(tags);
    Configuration all = configuration(of);
    if (prompt) {
      all.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ZERO);
    }
    var env = StreamExecutionEnvironment.getExecutionEnvironment(all);
    var source = new DataGeneratorSource<>(generator, events, Types.RECEIVED);
    define(env, of, tagger, scores, source, new TagSink());
    return flink.submit(env);
  }

  /** Waits until a job has ended by itself. */
  static void end(JobClient job) throws Exception {
    await(job.getJobExecutionResult());
  }

  private static void await(CompletableFuture<?> future) throws Exception {
    try {
      future.get();
    } catch (ExecutionException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new IOException("the job failed: " + cause, e);
    }
  }

  /** Waits until all tasks of a job run, and so have opened their operators. */
  void awaitOpen(JobClient job) throws Exception {
    List<ExecutionState> states = List.of();
    // a job that is only starting has no tasks yet
    while (states.isEmpty() || !OPEN.containsAll(states)) {
      TimeUnit.MILLISECONDS.sleep(5);
      var vertices = graph(job.getJobID()).getAllExecutionVertices().spliterator();
      states =
          StreamSupport.stream(vertices, false)
              .map(AccessExecutionVertex::getExecutionState)
              .toList();
    }
  }

  private AccessExecutionGraph graph(JobID job) throws Exception {
    return flink.cluster().getExecutionGraph(job).get();
  }

  @Override
  public void close() throws IOException {
    flink.close();
  }
}
