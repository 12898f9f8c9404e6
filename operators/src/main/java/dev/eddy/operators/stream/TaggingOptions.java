package dev.eddy.operators.stream;

import dev.eddy.serialization.json.EventFields;
import java.io.Serializable;
import java.time.Duration;

/**
 * What a user chooses about tagging.
 *
 * @param maxBatchSize most events of a bundle, and so most rows of one step of the network
 * @param maxBatchDelay longest that an event waits for others; zero steps each event alone
 * @param scores whether tags carry the probabilities of all labels
 * @param maxSequenceEvents most events that are kept of a sequence, where the network has to see
 *     all of it first
 * @param fields of an event that is written to the dead letters
 * @param generate what follows the end of a sequence
 */
public record TaggingOptions(
    int maxBatchSize,
    Duration maxBatchDelay,
    boolean scores,
    TakeUp takeUp,
    OnOtherShapes onOtherShapes,
    int maxSequenceEvents,
    EventFields fields,
    Generate generate)
    implements Serializable {

  /**
   * Keeps up to 10,000 events of a sequence, calls the fields by their default names, and generates
   * nothing.
   */
  public TaggingOptions(
      int maxBatchSize,
      Duration maxBatchDelay,
      boolean scores,
      TakeUp takeUp,
      OnOtherShapes onOtherShapes) {
    this(
        maxBatchSize,
        maxBatchDelay,
        scores,
        takeUp,
        onOtherShapes,
        10_000,
        EventFields.DEFAULT,
        Generate.NOTHING);
  }

  /**
   * What a language model of words says after a sequence's last word, each label that it says being
   * the next word that it reads.
   *
   * @param length most tags
   * @param until the label after which there is no more; null for none
   * @param seed with which labels are drawn by their probabilities; null for the most probable
   */
  public record Generate(int length, String until, Long seed) implements Serializable {
    public static final Generate NOTHING = new Generate(0, null, null);
  }

  /** When a newer model becomes the active one. */
  public enum TakeUp {
    /** Right after the next checkpoint barrier: at the same event of every sequence in a replay. */
    CHECKPOINT,
    /** Between two bundles, as soon as it arrives. */
    IMMEDIATE
  }

  /** What happens to a newer model whose tensors or labels differ from the active one's. */
  public enum OnOtherShapes {
    /** It is refused and counted. */
    REFUSE,
    /** It is taken up if it reads the same events; every sequence goes on from the zero state. */
    RESET
  }

  public TaggingOptions {
    if (maxBatchSize < 1) {
      throw new IllegalArgumentException(
          "max-batch-size is " + maxBatchSize + "; must be at least 1");
    }
    if (maxSequenceEvents < 1) {
      throw new IllegalArgumentException(
          "max-sequence-events is " + maxSequenceEvents + "; must be at least 1");
    }
    if (maxBatchDelay.isNegative()) {
      throw new IllegalArgumentException(
          "max-batch-delay is " + maxBatchDelay.toMillis() + " ms; must not be negative");
    }
  }
}
