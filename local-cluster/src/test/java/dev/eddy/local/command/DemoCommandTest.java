package dev.eddy.local.command;

import static dev.eddy.local.command.EddyTest.eddy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.local.command.EddyTest.Run;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

/** A demo that is too short, and whose topic somebody else writes to. */
final class DemoCommandTest {
  @Test
  void anEventWithoutATagMakesTheExitCodeOneAndIsSaid() {
    PrintStream before = System.err;
    Spoiler progress = new Spoiler();
    System.setErr(new PrintStream(progress, true, StandardCharsets.UTF_8));
    Run run;
    try {
      run = eddy("demo", "--dataset", "reber", "--events", "500");
    } finally {
      System.setErr(before);
    }
    assertEquals(1, run.exit(), run.err());
    assertTrue(run.out().startsWith("result: dataset=reber events=501 "), run::toString);
    assertTrue(
        run.err().matches("eddy demo: \\d+ of 501 events are tagged; dead letters: 1\\R"),
        run.err());
    assertTrue(
        progress
            .toString(StandardCharsets.UTF_8)
            .endsWith(
                "every tag is of one model version: one is published every 5,000 labelled events,"
                    + " which come 2,000 later, and taken up at a checkpoint; play more events:"
                    + " --events 100000 is enough\n"),
        progress::toString);
  }

  /** Reads in the demo's progress where its Kafka is, and sends a record there that is no event. */
  private static final class Spoiler extends ByteArrayOutputStream {
    private static final Pattern ADDRESS = Pattern.compile("Kafka is at (\\S+)\\R");

    private boolean sent;

    @Override
    public void flush() {
      Matcher address = ADDRESS.matcher(toString(StandardCharsets.UTF_8));
      if (!sent && address.find()) {
        sent = true;
        send(address.group(1));
      }
    }

    private static void send(String brokers) {
      Map<String, Object> config = Map.of("bootstrap.servers", brokers);
      var topic = EddyOptions.TOPIC_EVENTS.defaultValue();
      try (var producer =
          new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
        producer.send(new ProducerRecord<>(topic, "no event")).get();
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
