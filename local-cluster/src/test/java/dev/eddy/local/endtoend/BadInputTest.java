package dev.eddy.local.endtoend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.KafkaJobs;
import dev.eddy.local.endtoend.Sequences.Sent;
import dev.eddy.serialization.ModelConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that are no events go to the dead letters, as they came and with the reason, and change
 * nothing: the job's results are those of a run that never saw them.
 */
@ExtendWith(Machine.Shared.class)
final class BadInputTest {
  /** Of a sequence that the good events have too. */
  private static final String KEY = "s-1";

  private static final String NUMBERS = "[0.1,0.2,0.3,0.4]";

  @TempDir Path folder;

  /**
   * A record that is no event.
   *
   * @param reason how its reason begins: field and rule
   * @param found how its reason ends: what was found
   */
  private record Bad(String key, byte[] value, String reason, String found) {
    static Bad of(String value, String reason, String found) {
      return new Bad(KEY, value.getBytes(UTF_8), reason, found);
    }

    static Bad features(String features, String reason, String found) {
      return of("{\"sequence\":\"s-1\",\"features\":" + features + "}", reason, found);
    }

    Sent sent() {
      return new Sent(key == null ? null : key.getBytes(UTF_8), value, 0);
    }
  }

  @Test
  void taggingOfNumbers(Machine machine) throws Exception {
    List<Bad> bad =
        List.of(
            Bad.features("[0.1,0.2", "value: must be a JSON object;", "bytes"),
            Bad.of("[1,2,3,4]", "value: must be a JSON object;", "'[1,2,3,4]', 9 bytes"),
            new Bad(KEY, null, "value: must be a JSON object;", "found none"),
            new Bad(KEY, new byte[] {'{', (byte) 0xff, '}'}, "value: must be UTF-8;", "3 bytes"),
            Bad.features("\"many\"", "features: must be an array of numbers;", "'many'"),
            Bad.features("[1,2,\"3\",4]", "features[2]: must be a number;", "'3'"),
            Bad.features("[1,2,3]", "features: must hold 4 numbers;", "found 3"),
            Bad.features("[1,2,3,4,5]", "features: must hold 4 numbers;", "found 5"),
            Bad.features("[1,NaN,3,4]", "features[1]: must be finite", "found NaN"),
            Bad.features("[1,2,Infinity,4]", "features[2]: must be finite", "found Infinity"),
            Bad.features("[1,2,-Infinity,4]", "features[2]: must be finite", "found -Infinity"),
            Bad.features("[1,2,3,1e39]", "features[3]: must be finite", "found 1e39"),
            Bad.features("[1,2,3,-1e999]", "features[3]: must be finite", "found -1e999"),
            Bad.features("null", "features: is missing;", "may be without"),
            new Bad(
                null,
                ("{\"features\":" + NUMBERS + "}").getBytes(UTF_8),
                "sequence: is missing,",
                "no key"),
            Bad.of(
                "{\"sequence\":7,\"features\":" + NUMBERS + "}",
                "sequence: must be a string;",
                "found 7"),
            Bad.of(
                "{\"sequence\":\"s-2\",\"features\":" + NUMBERS + "}",
                "sequence: must equal the record's key 's-1'",
                "found 's-2'"),
            Bad.of(
                "{\"sequence\":\"s-1\",\"features\":" + NUMBERS + ",\"time\":\"noon\"}",
                "time: must be milliseconds",
                "found 'noon'"),
            Bad.of(
                "{\"sequence\":\"s-1\",\"features\":" + NUMBERS + ",\"end\":1}",
                "end: must be true or false;",
                "found 1"));
    List<Sent> good = Sequences.numbers(4, 3, 20 * bad.size());
    new Run(machine, "bad-numbers", Stage.numbers(), KafkaJobs::tagging, EddyOptions.TOPIC_TAGS)
        .assertUnmoved(good, bad);
  }

  @Test
  void taggingOfTokens(Machine machine) throws Exception {
    String mebibyte = "x".repeat(1 << 20);
    List<Bad> bad =
        List.of(
            token("", "token: must be 1 to 4096 Unicode characters;", "found ''"),
            token(
                mebibyte, "token: must be 1 to 4096 Unicode characters;", "(1048576 characters)'"),
            Bad.of("{\"sequence\":\"s-1\",\"token\":5}", "token: must be a string;", "found 5"),
            Bad.of("{\"sequence\":\"s-1\"}", "token: is missing;", "may be without"));
    List<Sent> good = Sequences.tokens(5, 3, 20 * bad.size());
    new Run(machine, "bad-tokens", Stage.tokens(), KafkaJobs::tagging, EddyOptions.TOPIC_TAGS)
        .assertUnmoved(good, bad);
  }

  /** Records that were within the limit of their topic only because they were compressed. */
  @Test
  void largerThanTheTopicAllows(Machine machine) throws Exception {
    Random random = new Random(11);
    List<byte[]> values = new ArrayList<>();
    for (int size : new int[] {Stage.INPUT_LIMIT + 1, 3 * Stage.INPUT_LIMIT, 24 << 20}) {
      byte[] value = new byte[size];
      for (int i = 0; i < size; i++) {
        value[i] = (byte) (size < 16 << 20 ? '0' + random.nextInt(2) : '0');
      }
      values.add(value);
    }
    Stage stage = new Stage(machine.kafka, "bad-large", 1, Stage.tokens(), folder);
    Configuration run = stage.run("run", 1);
    stage.send(
        stage.events(),
        values.stream().map(value -> new Sent(KEY.getBytes(UTF_8), value, 0)).toList());
    stage.sendMarker(stage.events(), 0);
    RunningJob running = RunningJob.start(machine.flink, KafkaJobs::tagging, run);
    stage.awaitMarkers(run, 1);
    assertEquals(0, running.checkpoints().getCounts().getNumberOfRestoredCheckpoints());
    running.drain(stage.savepoints());
    List<Row> letters = stage.allCommitted(run, EddyOptions.TOPIC_DEAD_LETTERS);
    for (int i = 0; i < 2; i++) {
      assertEquals(KEY, letters.get(i).key());
      assertTrue(new String(values.get(i), ISO_8859_1).equals(letters.get(i).value()));
    }
    List<Row> parts = letters.subList(2, letters.size() - 1);
    assertEquals(KEY, parts.get(0).key());
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      assertEquals("eddy.offset=2", parts.get(i).headers().get(3));
      String reason = parts.get(i).headers().get(0);
      assertTrue(reason.endsWith("; part " + (i + 1) + " of " + parts.size()), reason);
      joined.append(i == 0 ? "" : parts.get(i).value());
    }
    assertTrue(new String(values.get(2), ISO_8859_1).equals(joined.toString()));
  }

  private static Bad token(String token, String reason, String found) {
    return Bad.of("{\"sequence\":\"s-1\",\"token\":\"" + token + "\"}", reason, found);
  }

  @Test
  void training(Machine machine) throws Exception {
    String event = "{\"sequence\":\"s-1\",\"features\":" + NUMBERS + ",\"label\":";
    List<Bad> bad =
        List.of(
            Bad.of(event + "\"sideways\"}", "label: must be one of the model's", "'sideways'"),
            Bad.of(event + "2}", "label: must be a string;", "found 2"),
            Bad.features("[1,2,3,1e39]", "features[3]: must be finite", "found 1e39"));
    List<Sent> good = Sequences.numbers(6, 20, 1000);
    new Run(machine, "bad-labels", Stage.numbers(), KafkaJobs::training, EddyOptions.TOPIC_SCORES)
        .assertUnmoved(good, bad);
  }

  /** One job, without and with bad records among the good events. */
  private final class Run {
    private final Machine machine;
    private final Stage clean;
    private final Stage spoiled;
    private final RunningJob.Definition job;
    private final ConfigOption<String> output;
    private final boolean labelled;

    Run(
        Machine machine,
        String name,
        ModelConfig model,
        RunningJob.Definition job,
        ConfigOption<String> output)
        throws Exception {
      this.machine = machine;
      this.clean = new Stage(machine.kafka, name + "-none", 1, model, folder);
      this.spoiled = new Stage(machine.kafka, name, 1, model, folder);
      this.job = job;
      this.output = output;
      this.labelled = output.equals(EddyOptions.TOPIC_SCORES);
    }

    void assertUnmoved(List<Sent> good, List<Bad> bad) throws Exception {
      List<Sent> mixed = new ArrayList<>();
      List<Integer> offsets = new ArrayList<>();
      int between = good.size() / (bad.size() + 1);
      for (int i = 0; i < good.size(); i++) {
        if (i > 0 && i % between == 0 && i / between <= bad.size()) {
          offsets.add(mixed.size());
          mixed.add(bad.get(i / between - 1).sent());
        }
        mixed.add(good.get(i));
      }
      assertEquals(bad.size(), offsets.size());
      List<Row> expected = clean.allCommitted(run(clean, good), output);
      Configuration run = run(spoiled, mixed);
      assertTrue(expected.size() > bad.size());
      Row.assertSame(expected, spoiled.allCommitted(run, output));
      List<Row> letters = spoiled.allCommitted(run, EddyOptions.TOPIC_DEAD_LETTERS);
      assertEquals(bad.size() + 1, letters.size(), () -> "with the marker: " + letters);
      for (int i = 0; i < bad.size(); i++) {
        assertLetter(bad.get(i), offsets.get(i), letters.get(i));
      }
    }

    private void assertLetter(Bad bad, int offset, Row letter) {
      assertEquals(bad.key(), letter.key());
      assertEquals(
          bad.value() == null ? null : new String(bad.value(), ISO_8859_1), letter.value());
      String reason = letter.headers().get(0);
      assertTrue(reason.startsWith("eddy.reason=" + bad.reason()), reason);
      assertTrue(reason.endsWith(bad.found()), reason);
      assertTrue(reason.length() < 1000 && !reason.contains("\n"), reason);
      assertEquals("eddy.topic=" + topic(spoiled), letter.headers().get(1));
      assertEquals("eddy.partition=0", letter.headers().get(2));
      assertEquals("eddy.offset=" + offset, letter.headers().get(3));
    }

    private Configuration run(Stage stage, List<Sent> events) throws Exception {
      Configuration options = stage.run("run", 1);
      stage.send(topic(stage), events);
      stage.sendMarker(topic(stage), 0);
      RunningJob running = RunningJob.start(machine.flink, job, options);
      stage.awaitMarkers(options, 1);
      assertEquals(0, running.checkpoints().getCounts().getNumberOfRestoredCheckpoints());
      running.drain(stage.savepoints());
      return options;
    }

    private String topic(Stage stage) {
      return labelled ? stage.labelled() : stage.events();
    }
  }
}
