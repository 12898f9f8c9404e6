package dev.eddy.local.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

/** The whole path, small: a real broker, a real cluster, both jobs, and what the topics say. */
final class DemoTest {
  private static final Pattern FORM =
      Pattern.compile(
          "result: dataset=reber events=4000 tagged=4000 accuracy=[01]\\.\\d{4}"
              + " baseline=[01]\\.\\d{4} versions=\\d+ model-age=\\d+ dead-letters=0"
              + " train-accuracy=[01]\\.\\d{4} seconds=\\d+");

  @Test
  void everyEventIsTaggedAndLearnedAndTheResultHasItsForm() throws Exception {
    Configuration options = new Configuration();
    options.setString("eddy.training.publish-every", "500");
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream progress = new PrintStream(said, true, StandardCharsets.UTF_8);

    Result result = new Demo(Demo.Dataset.reber, 4_000, 4_000, 64, options).run(progress, 0);

    assertTrue(FORM.matcher(result.toString()).matches(), result.toString());
    assertTrue(result.modelAge() <= 4_000, result.toString());
    assertTrue(result.versions() >= 1, result.toString());
    assertTrue(result.trainAccuracy() > 0.2, "learned nothing: " + result);
    List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
    assertTrue(lines.get(0).startsWith("playing 4,000 events of 40 documents (reber)"));
    assertTrue(lines.get(lines.size() - 1).startsWith("sustained "));
    assertEquals(0, result.deadLetters());
  }
}
