package dev.eddy.operators.stream;

import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/** What a subtask of tagging reports, by the names that Flink's model functions use. */
final class TaggingMetrics {
  /** Bundles that the histograms look back on. */
  private static final int BUNDLES = 1000;

  /** Events that were stepped. */
  final Counter requests;

  /** Of them, those whose scores were no numbers. */
  final Counter failures;

  /** Newer models that were not taken. */
  final Counter modelsRefused;

  /** Sequences whose state this subtask holds. */
  final Counter hiddenStates;

  /** Sequences that were tagged before their end, since too much of them was kept. */
  final Counter sequencesCut;

  /** Milliseconds from the arrival of a bundle's first event to its tags. */
  final Histogram latency;

  /** Milliseconds from the arrival of a bundle's first event to its first step. */
  final Histogram batchWait;

  /** Events of a bundle. */
  final Histogram batchSize;

  TaggingMetrics(MetricGroup group, Gauge<Long> modelVersion) {
    requests = group.counter("inference_requests");
    failures = group.counter("inference_requests_failure");
    modelsRefused = group.counter("modelsRefused");
    hiddenStates = group.counter("hiddenStateKeys");
    sequencesCut = group.counter("sequencesCut");
    latency = group.histogram("inference_latency_ms", histogram());
    batchWait = group.histogram("batchWait", histogram());
    batchSize = group.histogram("batchSize", histogram());
    group.gauge("modelVersion", modelVersion);
  }

  private static Histogram histogram() {
    return new DescriptiveStatisticsHistogram(BUNDLES);
  }
}
