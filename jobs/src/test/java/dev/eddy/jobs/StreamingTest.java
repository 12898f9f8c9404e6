package dev.eddy.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

class StreamingTest {
  @Test
  void whatIsNotGivenIsSet() {
    StreamExecutionEnvironment env = prepared();
    assertEquals(128, env.getMaxParallelism());
    assertEquals(10_000, env.getCheckpointInterval());
    assertTrue(env.getConfig().isObjectReuseEnabled());
    assertEquals(
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION,
        env.getCheckpointConfig().getExternalizedCheckpointRetention());
    assertEquals(
        RuntimeExecutionMode.STREAMING, env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE));
  }

  @Test
  void whatIsGivenStays() {
    StreamExecutionEnvironment env =
        prepared(
            "--pipeline.max-parallelism=720",
            "--execution.checkpointing.interval=500 ms",
            "--execution.checkpointing.dir=file:///checkpoints",
            "--execution.checkpointing.externalized-checkpoint-retention=DELETE_ON_CANCELLATION",
            "--state.backend.type=rocksdb",
            "--restart-strategy.type=fixed-delay",
            "--parallelism.default=3");
    assertEquals(720, env.getMaxParallelism());
    assertEquals(500, env.getCheckpointInterval());
    assertEquals(3, env.getParallelism());
    assertEquals(
        ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION,
        env.getCheckpointConfig().getExternalizedCheckpointRetention());
    env.fromSequence(1, 2).sinkTo(new DiscardingSink<>());
    Configuration job = env.getStreamGraph(false).getJobConfiguration();
    assertEquals("file:///checkpoints", job.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY));
    assertEquals("rocksdb", job.get(StateBackendOptions.STATE_BACKEND));
    assertEquals("fixed-delay", job.get(RestartStrategyOptions.RESTART_STRATEGY));
  }

  @Test
  void theClusterIsHeardWhereTheUserIsSilent() {
    var cluster = Configuration.fromMap(Map.of("execution.checkpointing.interval", "7s"));
    var env = StreamExecutionEnvironment.getExecutionEnvironment(cluster);
    Streaming.prepare(env, new Configuration(), "test");
    assertEquals(7_000, env.getCheckpointInterval());
  }

  @Test
  void whatCannotWorkIsRefused() {
    assertRefused(
        "execution.runtime-mode: must be STREAMING, got BATCH, which has no order of events across"
            + " sequences",
        "--execution.runtime-mode=BATCH");
    assertRefused(
        "execution.checkpointing.mode: must be EXACTLY_ONCE where eddy.delivery is exactly-once,"
            + " got AT_LEAST_ONCE",
        "--execution.checkpointing.mode=AT_LEAST_ONCE");
    prepared("--execution.checkpointing.mode=AT_LEAST_ONCE", "--delivery=at-least-once");
    assertRefused(
        "execution.checkpointing.interval: must be above 0 and below 15 min where eddy.delivery is"
            + " exactly-once, got 0 ms",
        "--execution.checkpointing.interval=0 s");
    assertRefused(
        "execution.state-recovery.path: there is no /nowhere/chk-1",
        "--execution.state-recovery.path=/nowhere/chk-1");
    assertRefused(
        "execution.state-recovery.path: there is no file:///nowhere/chk-1",
        "--execution.state-recovery.path=file:///nowhere/chk-1");
    assertRefused(
        "state.backend.type: Cannot find configured state backend factory class: none",
        "--state.backend.type=none");
    assertRefused(
        "restart-strategy.type: none-such is an unknown value of RestartStrategyType.",
        "--restart-strategy.type=none-such");
    assertRefused(
        "execution.checkpointing.interval: must be above 0 and below 15 min where eddy.delivery is"
            + " exactly-once, got 900000 ms",
        "--execution.checkpointing.interval=15 min");
    assertRefused(
        "pipeline.max-parallelism: must be at least the parallelism, which is 129, got 128",
        "--parallelism.default=129");
  }

  private static void assertRefused(String message, String... flags) {
    assertEquals(message, assertThrows(BadConfiguration.class, () -> prepared(flags)).getMessage());
  }

  private static StreamExecutionEnvironment prepared(String... flags) {
    var env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
    Streaming.prepare(env, Settings.load(List.of(flags)), "test");
    return env;
  }
}
