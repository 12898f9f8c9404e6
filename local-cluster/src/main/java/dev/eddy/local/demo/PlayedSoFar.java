package dev.eddy.local.demo;

import dev.eddy.local.Rate;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Supplier;

/** What can be said of a play at any moment, in one line. */
final class PlayedSoFar implements Supplier<String> {
  private final Player player;
  private final Tally tally;
  private final int events;
  private final Rate rate = new Rate();

  /**
   * @param events that will be played
   */
  PlayedSoFar(Player player, Tally tally, int events) {
    this.player = player;
    this.tally = tally;
    this.events = events;
  }

  @Override
  public String get() {
    int position = player.position();
    String line =
        String.format(
            Locale.ROOT, "%,d of %,d events, %,.0f/s", position, events, rate.at(position));
    Tally.Accuracy soFar = tally.accuracy();
    if (soFar.events() > 0) {
      line +=
          String.format(
              Locale.ROOT,
              " | accuracy %.3f, baseline %.3f (%+.3f) | model %d, %,d events old",
              soFar.tags(),
              soFar.baseline(),
              soFar.tags() - soFar.baseline(),
              tally.version(),
              tally.age());
    }
    OptionalDouble loss = tally.loss();
    return loss.isPresent()
        ? line + String.format(Locale.ROOT, " | loss %.3f", loss.getAsDouble())
        : line;
  }
}
