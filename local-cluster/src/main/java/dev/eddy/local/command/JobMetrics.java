package dev.eddy.local.command;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.DoubleStream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;
import org.apache.flink.metrics.reporter.MetricReporterFactory;

/** The metrics of the jobs that run in this JVM, for the status line: Flink hands them in. */
public final class JobMetrics implements MetricReporter {
  private static final Map<Metric, String> NAMES = new ConcurrentHashMap<>();

  /** Found by Flink through {@code META-INF/services}. */
  public static final class Factory implements MetricReporterFactory {
    @Override
    public MetricReporter createMetricReporter(Properties properties) {
      return new JobMetrics();
    }
  }

  private JobMetrics() {}

  /** Has a cluster with that configuration hand its metrics in. */
  static void collect(Configuration configuration) {
    configuration.setString("metrics.reporter.eddy.factory.class", Factory.class.getName());
  }

  /** Whether a job that runs has a metric of that name. */
  static boolean has(String name) {
    return NAMES.containsValue(name);
  }

  /** The metric of that name, summed over subtasks; 0 where there is none. */
  static double sum(String name) {
    return values(name).sum();
  }

  /** The metric of that name, the greatest of all subtasks; 0 where there is none. */
  static double greatest(String name) {
    return values(name).max().orElse(0);
  }

  private static DoubleStream values(String name) {
    return NAMES.entrySet().stream()
        .filter(metric -> metric.getValue().equals(name))
        .mapToDouble(metric -> value(metric.getKey()));
  }

  private static double value(Metric metric) {
    if (metric instanceof Counter counter) {
      return counter.getCount();
    }
    return metric instanceof Gauge<?> gauge && gauge.getValue() instanceof Number number
        ? number.doubleValue()
        : 0;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {}

  @Override
  public void notifyOfAddedMetric(Metric metric, String name, MetricGroup group) {
    NAMES.put(metric, name);
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String name, MetricGroup group) {
    NAMES.remove(metric);
  }
}
