package dev.eddy.jobs;

import java.lang.reflect.Field;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateChangelogOptions;
import org.apache.flink.configuration.StateLatencyTrackOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.StateSizeTrackOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;

/** The keys that a configuration may hold: ours, and Flink's. */
final class KnownKeys {
  /** Edits that a slip of the finger makes. */
  private static final int SLIP = 2;

  private static final List<Class<?>> FLINK =
      List.of(
          CheckpointingOptions.class,
          ClusterOptions.class,
          CoreOptions.class,
          DeploymentOptions.class,
          ExecutionOptions.class,
          HeartbeatManagerOptions.class,
          JobManagerOptions.class,
          MetricOptions.class,
          NettyShuffleEnvironmentOptions.class,
          PipelineOptions.class,
          RestOptions.class,
          RestartStrategyOptions.class,
          StateBackendOptions.class,
          StateChangelogOptions.class,
          StateLatencyTrackOptions.class,
          StateRecoveryOptions.class,
          StateSizeTrackOptions.class,
          TaskManagerOptions.class,
          WebOptions.class);

  /** Families of keys that are open: plug-ins, file systems and deployments add to them. */
  private static final List<String> FAMILIES =
      List.of(
          EddyOptions.KAFKA_PREFIX,
          "env.",
          "external-resource.",
          "fs.",
          "gs.",
          "high-availability.",
          "kubernetes.",
          "metrics.",
          "s3.",
          "security.",
          "state.backend.rocksdb.",
          "state.backend.forst.",
          "yarn.");

  private static final Map<String, ConfigOption<?>> OPTIONS = new TreeMap<>();

  static {
    EddyOptions.all().forEach(option -> OPTIONS.put(option.key().key(), option.key()));
    for (Class<?> options : FLINK) {
      for (Field field : options.getFields()) {
        if (field.getType() == ConfigOption.class) {
          try {
            var option = (ConfigOption<?>) field.get(null);
            OPTIONS.put(option.key(), option);
            option.fallbackKeys().forEach(fallback -> OPTIONS.put(fallback.getKey(), option));
          } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
          }
        }
      }
    }
  }

  private KnownKeys() {}

  /** All options that have a fixed key, by key. */
  static Map<String, ConfigOption<?>> options() {
    return OPTIONS;
  }

  static boolean contains(String key) {
    return OPTIONS.containsKey(key)
        || FAMILIES.stream().anyMatch(family -> key.startsWith(family) && !key.equals(family));
  }

  /** The whole key that a flag means, with or without {@code eddy.}. */
  static String ofFlag(String flag) {
    String ours = EddyOptions.PREFIX + flag;
    return contains(ours) ? ours : flag;
  }

  /** The known key that a mistyped one was most probably meant to be, if it is near to any. */
  static Optional<String> nearest(String key) {
    int most = Math.max(SLIP, key.length() / 4);
    return OPTIONS.keySet().stream()
        .filter(known -> distance(known, key) <= most)
        .min(Comparator.comparingInt(known -> distance(known, key)));
  }

  private static int distance(String known, String key) {
    var edits = LevenshteinDistance.getDefaultInstance();
    int whole = edits.apply(known, key);
    return known.startsWith(EddyOptions.PREFIX)
        ? Math.min(whole, edits.apply(known.substring(EddyOptions.PREFIX.length()), key))
        : whole;
  }
}
