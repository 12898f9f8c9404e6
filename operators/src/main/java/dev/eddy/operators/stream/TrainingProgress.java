package dev.eddy.operators.stream;

import dev.eddy.operators.training.OnlineTrainer.Outcome;

/**
 * How far training has come.
 *
 * @param batches mini-batches learned
 * @param events labelled events learned
 * @param published of them, those before the last published model
 * @param version last published version
 * @param fadedEvents labelled events, each mini-batch before weighing {@link #FADING} of the next
 * @param fadedCorrect of them, those predicted right
 */
public record TrainingProgress(
    long batches,
    long events,
    long published,
    long version,
    double fadedEvents,
    double fadedCorrect) {
  private static final double FADING = 0.99;

  static TrainingProgress from(long version) {
    return new TrainingProgress(0, 0, 0, version, 0, 0);
  }

  TrainingProgress with(Outcome outcome) {
    return new TrainingProgress(
        batches + 1,
        events + outcome.scored(),
        published,
        version,
        FADING * fadedEvents + outcome.scored(),
        FADING * fadedCorrect + outcome.correct());
  }

  /** The same, where a version may have been published after the checkpoint was taken. */
  TrainingProgress numberedFrom(long newest) {
    return new TrainingProgress(
        batches, events, published, Math.max(version, newest), fadedEvents, fadedCorrect);
  }

  TrainingProgress withPublished() {
    return new TrainingProgress(batches, events, events, version + 1, fadedEvents, fadedCorrect);
  }

  long unpublished() {
    return events - published;
  }

  /** Share predicted right before learning, of the last hundred mini-batches or so. */
  double accuracy() {
    return fadedEvents == 0 ? 0 : fadedCorrect / fadedEvents;
  }
}
