package dev.eddy.local;

import java.io.PrintStream;
import java.util.Timer;
import java.util.TimerTask;
import java.util.function.Supplier;

/** How something goes: one line that changes on a terminal, a line every few seconds elsewhere. */
public final class ProgressLine implements AutoCloseable {
  private static final String CLEAR = "\r\033[K";
  private static final long TERMINAL_MILLIS = 250;
  private static final long ELSEWHERE_MILLIS = 5_000;

  private final PrintStream out;
  private final int columns;
  private final Supplier<String> text;
  private final Timer timer = new Timer("eddy-progress-line", true);
  private boolean closed;

  /**
   * Begins to show.
   *
   * @param columns of the terminal, 0 where there is none
   * @param text the line of the moment
   */
  public ProgressLine(PrintStream out, int columns, Supplier<String> text) {
    this(out, columns, columns > 0 ? TERMINAL_MILLIS : ELSEWHERE_MILLIS, text);
  }

  /**
   * Begins to show.
   *
   * @param every milliseconds
   */
  ProgressLine(PrintStream out, int columns, long every, Supplier<String> text) {
    this.out = out;
    this.columns = columns;
    this.text = text;
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
    String line = text.get();
    if (columns > 0) {
      out.print(CLEAR + line.substring(0, Math.min(line.length(), columns - 1)));
    } else {
      out.println(line);
    }
    out.flush();
  }

  @Override
  public synchronized void close() {
    timer.cancel();
    closed = true;
    if (columns > 0) {
      out.print(CLEAR);
      out.flush();
    }
  }
}
