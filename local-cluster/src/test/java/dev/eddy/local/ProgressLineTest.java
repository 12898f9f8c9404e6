package dev.eddy.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** One line that is overwritten on a terminal, lines elsewhere. */
final class ProgressLineTest {
  private static final String CLEAR = "\r\033[K";

  @Test
  void onATerminalItIsCutToTheColumnsAndGoneInTheEnd() throws Exception {
    String shown = shown(5);
    assertTrue(shown.startsWith(CLEAR + "look" + CLEAR + "look"), shown);
    assertTrue(shown.endsWith("look" + CLEAR), shown);
    assertEquals(-1, shown.indexOf('\n'));
  }

  @Test
  void elsewhereThereAreWholeLines() throws Exception {
    String shown = shown(0);
    assertTrue(shown.startsWith("looking\nlooking\n"), shown);
    assertEquals(-1, shown.indexOf('\r'));
  }

  /** What is shown from the beginning to the end, after two looks at least. */
  private static String shown(int columns) throws InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CountDownLatch third = new CountDownLatch(3);
    PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
    ProgressLine line =
        new ProgressLine(
            out,
            columns,
            1,
            () -> {
              third.countDown();
              return "looking";
            });
    try (line) {
      assertTrue(third.await(30, TimeUnit.SECONDS));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
