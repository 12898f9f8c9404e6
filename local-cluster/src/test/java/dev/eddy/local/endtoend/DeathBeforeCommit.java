package dev.eddy.local.endtoend;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.runtime.checkpoint.CheckpointRecoveryFactory;
import org.apache.flink.runtime.checkpoint.CheckpointsCleaner;
import org.apache.flink.runtime.checkpoint.CompletedCheckpoint;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStore;
import org.apache.flink.runtime.checkpoint.StandaloneCheckpointRecoveryFactory;
import org.apache.flink.runtime.checkpoint.StandaloneCompletedCheckpointStore;
import org.apache.flink.runtime.highavailability.HighAvailabilityServices;
import org.apache.flink.runtime.highavailability.HighAvailabilityServicesFactory;
import org.apache.flink.runtime.highavailability.nonha.embedded.EmbeddedHaServices;
import org.apache.flink.runtime.state.SharedStateRegistryFactory;

/**
 * A cluster's memory of its checkpoints, in which something can be made to happen between two
 * moments: a checkpoint counts as complete, and no task knows yet, so that nothing is committed.
 * Flink makes it by name, from {@code high-availability.type}.
 */
public final class DeathBeforeCommit implements HighAvailabilityServicesFactory {
  private static final AtomicReference<Runnable> NEXT = new AtomicReference<>();

  /** Has something happen at the next checkpoint, once. */
  static void atNextCheckpoint(Runnable what) {
    NEXT.set(what);
  }

  @Override
  @SuppressWarnings("try") // Flink's own close() can be interrupted
  public HighAvailabilityServices createHAServices(Configuration all, Executor executor) {
    return new EmbeddedHaServices(executor) {
      @Override
      public CheckpointRecoveryFactory getCheckpointRecoveryFactory() {
        return new Stores();
      }
    };
  }

  private static final class Stores extends StandaloneCheckpointRecoveryFactory {
    @Override
    public CompletedCheckpointStore createRecoveredCompletedCheckpointStore(
        JobID job,
        int most,
        SharedStateRegistryFactory registry,
        Executor executor,
        RecoveryClaimMode claim) {
      return new Store(most, registry, executor, claim);
    }
  }

  private static final class Store extends StandaloneCompletedCheckpointStore {
    Store(
        int most, SharedStateRegistryFactory registry, Executor executor, RecoveryClaimMode claim) {
      super(most, registry, executor, claim);
    }

    @Override
    public CompletedCheckpoint addCheckpointAndSubsumeOldestOne(
        CompletedCheckpoint checkpoint, CheckpointsCleaner cleaner, Runnable after)
        throws Exception {
      CompletedCheckpoint subsumed =
          super.addCheckpointAndSubsumeOldestOne(checkpoint, cleaner, after);
      Runnable what = NEXT.getAndSet(null);
      if (what != null) {
        what.run();
      }
      return subsumed;
    }
  }
}
