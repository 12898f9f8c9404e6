package dev.eddy.local.demo;

import java.util.Locale;
import java.util.Optional;

/**
 * What came of a play; {@link #toString} is the last line of the demo.
 *
 * @param events in the events topic
 * @param tagged in the tags topic
 * @param accuracy share of the tags that are right, over the last quarter of the events
 * @param baseline the same for {@link MostFrequentLabel}, on the same events
 * @param versions of the model that gave a tag
 * @param modelAge median over the tags of the events played that the tagging model had not learned
 * @param trainAccuracy share of right predictions before learning, over the last quarter
 * @param seconds from the first event to the last tag
 */
public record Result(
    String dataset,
    long events,
    long tagged,
    double accuracy,
    double baseline,
    int versions,
    long modelAge,
    long deadLetters,
    double trainAccuracy,
    long seconds) {
  /** What must not be: events without a tag, or bad ones. Empty where all is well. */
  public Optional<String> failure() {
    return tagged == events && deadLetters == 0
        ? Optional.empty()
        : Optional.of(
            "%d of %d events are tagged; dead letters: %d".formatted(tagged, events, deadLetters));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "result: dataset=%s events=%d tagged=%d accuracy=%.4f baseline=%.4f versions=%d"
            + " model-age=%d dead-letters=%d train-accuracy=%.4f seconds=%d",
        dataset,
        events,
        tagged,
        accuracy,
        baseline,
        versions,
        modelAge,
        deadLetters,
        trainAccuracy,
        seconds);
  }
}
