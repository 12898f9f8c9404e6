package dev.eddy.local.endtoend;

import dev.eddy.local.LocalFlink;
import dev.eddy.local.LocalKafka;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * The one broker and the one cluster of all end-to-end tests of this JVM, stopped after the last.
 */
final class Machine implements AutoCloseable {
  private static final int SLOTS = 4;
  private static final long DEADLINE_SECONDS = 60;

  final LocalKafka kafka;
  final LocalFlink flink;

  /** Flink counts the dead ones too. */
  private int taskManager;

  private volatile boolean missing;

  private Machine() throws Exception {
    kafka = new LocalKafka();
    Configuration configuration = new Configuration();
    configuration.set(HighAvailabilityOptions.HA_MODE, DeathBeforeCommit.class.getName());
    flink = new LocalFlink(SLOTS, configuration);
  }

  /** Kills the task manager with all that runs in it; jobs wait for another one. */
  void killTaskManager() throws Exception {
    flink.cluster().terminateTaskManager(taskManager++).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    missing = true;
  }

  /**
   * Kills the task manager when the next checkpoint is complete, before a task can know.
   *
   * @return done when it is dead
   */
  CompletableFuture<Void> killTaskManagerAtNextCheckpoint() {
    CompletableFuture<Void> dead = new CompletableFuture<>();
    DeathBeforeCommit.atNextCheckpoint(
        () -> {
          try {
            killTaskManager();
            dead.complete(null);
          } catch (Exception e) {
            dead.completeExceptionally(e);
          }
        });
    return dead;
  }

  void startTaskManager() throws Exception {
    flink.cluster().startTaskManager();
    missing = false;
  }

  private void restore() throws Exception {
    if (missing) {
      startTaskManager();
    }
    MiniCluster cluster = flink.cluster();
    for (JobStatusMessage job : cluster.listJobs().get(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      if (!job.getJobState().isGloballyTerminalState()) {
        cluster.cancelJob(job.getJobId()).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        cluster.requestJobResult(job.getJobId()).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (kafka) {
      flink.close();
    }
  }

  /** Gives it to tests that ask for it, and undoes what a failed test has left undone. */
  static final class Shared implements ParameterResolver, AfterEachCallback {
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == Machine.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
      // the store closes what it holds
      return store(context)
          .getOrComputeIfAbsent(
              Machine.class,
              key -> {
                try {
                  return new Machine();
                } catch (Exception e) {
                  throw new IllegalStateException("broker and cluster: did not start", e);
                }
              });
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
      Machine machine = store(context).get(Machine.class, Machine.class);
      if (machine != null) {
        machine.restore();
      }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
      // a build with several JVMs hands each one class after the other, each with a root of its own
      return context.getStore(StoreScope.LAUNCHER_SESSION, Namespace.create(Machine.class));
    }
  }
}
