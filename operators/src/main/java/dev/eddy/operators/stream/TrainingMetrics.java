package dev.eddy.operators.stream;

import dev.eddy.operators.training.OnlineTrainer.Outcome;
import java.util.function.Supplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** What training reports. */
final class TrainingMetrics {
  /** Mini-batches that taught nothing, since their loss or gradient was no number. */
  final Counter skipped;

  /** Versions that were not published, since their weights were no numbers. */
  final Counter unpublished;

  private volatile double loss;
  private volatile double gradientNorm;

  TrainingMetrics(MetricGroup group, Supplier<TrainingProgress> progress, Gauge<Integer> waiting) {
    skipped = group.counter("skippedBatches");
    unpublished = group.counter("unpublishedVersions");
    group.gauge("loss", () -> loss);
    group.gauge("gradientNorm", () -> gradientNorm);
    group.gauge("accuracy", () -> progress.get().accuracy());
    group.gauge("trainedEvents", () -> progress.get().events());
    group.gauge("publishedVersion", () -> progress.get().version());
    group.gauge("waitingWindows", waiting);
  }

  /** The gauges show the last mini-batch: mean loss, norm before clipping. */
  void learned(Outcome outcome) {
    loss = outcome.loss() / outcome.scored();
    gradientNorm = outcome.gradientNorm();
  }
}
