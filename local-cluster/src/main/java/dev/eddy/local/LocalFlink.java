package dev.eddy.local;

import static org.apache.flink.configuration.CheckpointingOptions.CHECKPOINTS_DIRECTORY;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient;
import org.apache.flink.runtime.minicluster.MiniClusterJobClient.JobFinalizationBehavior;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.FileUtils;

/**
 * A Flink cluster inside this JVM: one task manager with as many slots as asked for. What it
 * writes, checkpoints too unless {@code execution.checkpointing.dir} says otherwise, lies in a new
 * temporary folder that {@link #close} removes after it has cancelled what still runs.
 */
public final class LocalFlink implements AutoCloseable {
  private static final long SECONDS_TO_CLOSE = 30;

  private final Path folder;
  private final MiniCluster cluster;
  private boolean closed;

  /** Returns when the cluster takes jobs. */
  public LocalFlink(int slots) throws Exception {
    this(slots, new Configuration());
  }

  /**
   * Returns when the cluster takes jobs.
   *
   * @param configuration of the cluster; {@code rest.port} for the REST interface on a port of
   *     one's choice
   */
  public LocalFlink(int slots, Configuration configuration) throws Exception {
    folder = Files.createTempDirectory("eddy-flink-");
    Configuration all = new Configuration();
    all.set(CoreOptions.TMP_DIRS, folder.toString());
    all.set(RestOptions.BIND_PORT, "0");
    all.set(RestOptions.ADDRESS, "localhost");
    all.set(RestOptions.BIND_ADDRESS, "localhost");
    all.addAll(configuration);
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(all)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    boolean started = false;
    try {
      started = Uninterrupted.call(this::start);
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private boolean start() throws Exception {
    cluster.start();
    // answered by the dispatcher: a cluster that is closed before it has one never ends
    return cluster.listJobs().get() != null;
  }

  /**
   * Starts the job that was defined in the environment. Its checkpoints go to the temporary folder
   * unless it says where.
   */
  public JobClient submit(StreamExecutionEnvironment environment)
      throws InterruptedException, ExecutionException {
    if (!environment.getConfiguration().getOptional(CHECKPOINTS_DIRECTORY).isPresent()) {
      Configuration here = new Configuration();
      here.set(CHECKPOINTS_DIRECTORY, folder.resolve("checkpoints").toUri().toString());
      environment.configure(here);
    }
    JobGraph graph = environment.getStreamGraph().getJobGraph();
    graph.setClasspaths(classPath(environment.getConfiguration()));
    JobID job = cluster.submitJob(graph).get().getJobID();
    return new MiniClusterJobClient(
        job, cluster, LocalFlink.class.getClassLoader(), JobFinalizationBehavior.NOTHING);
  }

  /** Where a job brings classes of its own from, by {@code pipeline.classpaths}. */
  private static List<URL> classPath(ReadableConfig configuration) {
    List<URL> urls = new ArrayList<>();
    for (String url : configuration.getOptional(PipelineOptions.CLASSPATHS).orElse(List.of())) {
      try {
        urls.add(URI.create(url).toURL());
      } catch (MalformedURLException e) {
        throw new IllegalArgumentException(PipelineOptions.CLASSPATHS.key() + ": " + url, e);
      }
    }
    return urls;
  }

  /** Flink's own handle, for what this class does not offer. */
  public MiniCluster cluster() {
    return cluster;
  }

  /** Where everything of it lies while it runs. */
  Path folder() {
    return folder;
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Uninterrupted.call(() -> cluster.closeAsync().get(SECONDS_TO_CLOSE, TimeUnit.SECONDS));
    } catch (Exception e) {
      throw new IOException("flink cluster: did not stop cleanly", e);
    } finally {
      FileUtils.deleteDirectory(folder.toFile());
    }
  }
}
