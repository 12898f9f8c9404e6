package dev.eddy.local.demo;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Timer;
import java.util.TimerTask;

/** How the play goes: one line that changes on a terminal, a line every few seconds elsewhere. */
final class LiveLine implements AutoCloseable {
  private static final String CLEAR = "\r\033[K";
  private static final long TERMINAL_MILLIS = 250;
  private static final long ELSEWHERE_MILLIS = 5_000;
  private static final double RATE_SECONDS = 2;

  private final PrintStream out;
  private final int columns;
  private final Player player;
  private final Tally tally;
  private final int events;
  private final Timer timer = new Timer("eddy-live-line", true);
  private long lastPosition;
  private long lastTime = System.nanoTime();
  private double rate;
  private boolean closed;

  /**
   * Begins to show.
   *
   * @param columns of the terminal, 0 where there is none
   * @param events that will be played
   */
  LiveLine(PrintStream out, int columns, Player player, Tally tally, int events) {
    this.out = out;
    this.columns = columns;
    this.player = player;
    this.tally = tally;
    this.events = events;
    long every = columns > 0 ? TERMINAL_MILLIS : ELSEWHERE_MILLIS;
    timer.schedule(
        new TimerTask() {
          @Override
          public void run() {
            show();
          }
        },
        every,
        every);
  }

  private synchronized void show() {
    if (closed) {
      return;
    }
    String line = line();
    if (columns > 0) {
      out.print(CLEAR + line.substring(0, Math.min(line.length(), columns - 1)));
    } else {
      out.println(line);
    }
    out.flush();
  }

  private String line() {
    int position = player.position();
    long now = System.nanoTime();
    double seconds = (now - lastTime) / 1e9;
    double keep = Math.exp(-seconds / RATE_SECONDS);
    rate = keep * rate + (1 - keep) * (position - lastPosition) / seconds;
    lastPosition = position;
    lastTime = now;
    String line = String.format(Locale.ROOT, "%,d of %,d events, %,.0f/s", position, events, rate);
    Tally.Accuracy soFar = tally.accuracy();
    if (soFar.events() > 0) {
      line +=
          String.format(
              Locale.ROOT,
              " | accuracy %.3f, baseline %.3f (%+.3f) | model %d, %,d events old | loss %.3f",
              soFar.tags(),
              soFar.baseline(),
              soFar.tags() - soFar.baseline(),
              tally.version(),
              tally.age(),
              tally.loss());
    }
    return line;
  }

  @Override
  public synchronized void close() {
    timer.cancel();
    closed = true;
    if (columns > 0) {
      out.print(CLEAR);
    }
  }
}
