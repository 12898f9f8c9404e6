package dev.eddy.jobs;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.executiongraph.failover.RestartBackoffTimeStrategyFactoryLoader;
import org.apache.flink.runtime.state.StateBackendLoader;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What the jobs need of Flink: settings that a user did not give, and checks of those given. */
final class Streaming {
  /** Fixed for the life of a savepoint, so it must not follow from the parallelism. */
  static final int MAX_PARALLELISM = 128;

  static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  /** The longest that brokers allow unless told otherwise: a transaction lives so long. */
  static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(15);

  /** Those that Flink knows by name; their classes may be on the cluster alone. */
  private static final Set<String> STATE_BACKENDS =
      Set.of(
          StateBackendLoader.HASHMAP_STATE_BACKEND_NAME,
          StateBackendLoader.ROCKSDB_STATE_BACKEND_NAME,
          StateBackendLoader.FORST_STATE_BACKEND_NAME);

  private Streaming() {}

  /**
   * Sets an environment up, before a job is defined in it.
   *
   * @throws BadConfiguration where the jobs could not run right
   */
  static void prepare(StreamExecutionEnvironment env, Configuration configuration, String jobName) {
    Configuration all = new Configuration();
    all.set(PipelineOptions.NAME, jobName);
    all.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    // values are immutable, and every one has its own serializer
    all.set(PipelineOptions.OBJECT_REUSE, true);
    all.set(PipelineOptions.GENERIC_TYPES, false);
    all.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, CHECKPOINT_INTERVAL);
    // so that a job that was cancelled can be resumed
    all.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    all.addAll(Configuration.fromMap(env.getConfiguration().toMap()));
    all.addAll(configuration);
    check(all);
    all.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
    configure(env, all);
    if (env.getParallelism() > env.getMaxParallelism()) {
      throw new BadConfiguration(
          PipelineOptions.MAX_PARALLELISM.key()
              + ": must be at least the parallelism, which is "
              + env.getParallelism()
              + ", got "
              + env.getMaxParallelism());
    }
  }

  /** What Flink itself refuses only when the job starts, or by a failure of the job. */
  private static void configure(StreamExecutionEnvironment env, Configuration all) {
    checkRecovery(all.get(StateRecoveryOptions.SAVEPOINT_PATH));
    if (!STATE_BACKENDS.contains(all.get(StateBackendOptions.STATE_BACKEND))) {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      refusedAs(
          StateBackendOptions.STATE_BACKEND,
          () -> StateBackendLoader.loadStateBackendFromConfig(all, loader, null));
    }
    refusedAs(
        RestartStrategyOptions.RESTART_STRATEGY,
        () ->
            RestartBackoffTimeStrategyFactoryLoader.createRestartBackoffTimeStrategyFactory(
                all, new Configuration(), true));
    env.configure(all);
  }

  private static void refusedAs(ConfigOption<String> option, Callable<?> check) {
    try {
      check.call();
    } catch (Exception e) {
      throw new BadConfiguration(option.key() + ": " + e.getMessage());
    }
  }

  /** A path of this machine must exist; others are the cluster's to find. */
  private static void checkRecovery(String path) {
    if (path == null) {
      return;
    }
    boolean found;
    try {
      FileSystem files = new Path(path).getFileSystem();
      found = files.isDistributedFS() || files.exists(new Path(path));
    } catch (IOException e) {
      found = true; // of a file system that only the cluster has
    }
    if (!found) {
      throw new BadConfiguration(
          StateRecoveryOptions.SAVEPOINT_PATH.key() + ": there is no " + path);
    }
  }

  private static void check(ReadableConfig all) {
    if (all.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH) {
      throw new BadConfiguration(
          ExecutionOptions.RUNTIME_MODE.key()
              + ": must be STREAMING, got BATCH, which has no order of events across sequences");
    }
    if (all.get(EddyOptions.DELIVERY) == DeliveryGuarantee.EXACTLY_ONCE) {
      checkTransactions(all);
    }
  }

  private static void checkTransactions(ReadableConfig all) {
    String why = " where " + EddyOptions.DELIVERY.key() + " is exactly-once, got ";
    CheckpointingMode mode = all.get(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE);
    if (mode != CheckpointingMode.EXACTLY_ONCE) {
      throw new BadConfiguration(
          CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE.key()
              + ": must be EXACTLY_ONCE"
              + why
              + mode);
    }
    long interval = all.get(CheckpointingOptions.CHECKPOINTING_INTERVAL).toMillis();
    if (interval <= 0 || interval >= TRANSACTION_TIMEOUT.toMillis()) {
      throw new BadConfiguration(
          CheckpointingOptions.CHECKPOINTING_INTERVAL.key()
              + ": must be above 0 and below "
              + TRANSACTION_TIMEOUT.toMinutes()
              + " min"
              + why
              + interval
              + " ms");
    }
  }
}
