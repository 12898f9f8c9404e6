package dev.eddy.local.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The command as a user types it: what it says, and its exit code. */
final class EddyTest {
  @TempDir Path folder;

  /** What one run of the command gave. */
  record Run(int exit, String out, String err) {}

  static Run eddy(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Eddy.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exit = command.execute(arguments);
    return new Run(exit, out.toString(), err.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|no command given",
        "dmo|Unmatched argument at index 0: 'dmo'; nearest is demo",
        "demo --rate fast|Invalid value for option '--rate': 'fast' is not an int",
        "demo --rate 0|--rate: must be at least 1, got 0",
        "demo --events -3|--events: must be at least 1, got -3",
        "demo --dataset green|expected one of [brown, reber]",
        "demo --training.learning-rat 1|eddy.training.learning-rate",
        "init|Missing required parameter: 'DIR'",
        "init /nowhere/m --labels a,b --text --input 3|--input",
        "init /nowhere/m --labels a,a --text|labels holds 'a' twice",
        "init /nowhere/m --labels a --input 0|input_size is 0",
        "init /nowhere/m --labels a --input 4 --architecture gruu|architecture is 'gruu'",
        "init /nowhere/m --events /nowhere/e --text|--events: /nowhere/e cannot be read",
        "inspect /nowhere|/nowhere/config.json: no such file",
        "tag --model /nowhere --input a|Missing required argument",
        "tag --model /nowhere --input a --output b|/nowhere/config.json: no such file",
        "tag --model /nowhere --modle.name x|eddy.model.name",
        "train --kafka.bootstrap.servers localhost:1|eddy.model.directory",
        "train --training.window 0 --model x|eddy.training.window: must be a whole number",
      })
  void aBadOptionIsOneLineAndExitCodeTwo(String line, String says) {
    Run run = eddy(line.isEmpty() ? new String[0] : line.split(" "));
    assertEquals(2, run.exit(), run.err());
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().startsWith("eddy"), run.err());
    assertTrue(run.err().contains(says), run.err());
  }

  @Test
  void helpNamesEveryCommandAndEveryCommandHasExamples() {
    Run help = eddy("--help");
    assertEquals(0, help.exit());
    for (String command : List.of("demo", "init", "train", "tag", "inspect")) {
      assertTrue(help.out().contains("\n  " + command + " "), command);
      Run own = eddy(command, "--help");
      assertEquals(0, own.exit());
      assertTrue(own.out().contains("./eddy " + command), own.out());
      assertEquals(
          List.of("train", "tag").contains(command), own.out().contains("--max-batch-size 64"));
    }
  }

  @Test
  void initMakesAModelThatInspectTellsOfAndRefusesToOverwriteIt() throws Exception {
    Path events =
        Files.writeString(
            folder.resolve("events.jsonl"),
            """
            {"sequence":"a","token":"dog","label":"noun"}
            {"sequence":"a","token":"runs","label":"verb"}
            {"sequence":"b","token":"?"}
            {"sequence":"b","token":"cat","label":"noun"}
            """);
    String model = folder.resolve("model").toString();
    String[] init = {
      "init",
      model,
      "--events",
      events.toString(),
      "--text",
      "--rows",
      "100",
      "--width",
      "8",
      "--hidden",
      "16",
      "--layers",
      "2",
      "--seed",
      "5"
    };
    Run made = eddy(init);
    assertEquals(0, made.exit(), made.err());
    Run told = eddy("inspect", model);
    assertEquals(made, told);
    assertTrue(told.out().contains("lstm, 2 layers of 16 units"), told.out());
    assertTrue(told.out().contains("2: noun verb"), told.out());
    assertTrue(told.out().contains("table of 100 x 8"), told.out());
    int parameters = 100 * 8 + 64 * (8 + 16 + 2) + 64 * (16 + 16 + 2) + 2 * 16 + 2;
    assertEquals(4_674, parameters);
    assertTrue(told.out().contains("4,674 in 11 tensors"), told.out());

    byte[] weights = weights("model");
    init[init.length - 1] = "6";
    Run again = eddy(init);
    assertEquals(2, again.exit());
    assertTrue(again.err().contains("holds another model already"), again.err());
    assertArrayEquals(weights, weights("model"));
  }

  @Test
  void theSeedDecidesTheWeights() throws Exception {
    for (String seed : List.of("1", "1b", "2")) {
      String model = folder.resolve(seed).toString();
      String number = seed.substring(0, 1);
      Run run = eddy("init", model, "--labels", "x,y", "--input", "3", "--seed", number);
      assertEquals(0, run.exit(), run.err());
    }
    assertArrayEquals(weights("1"), weights("1b"));
    assertFalse(Arrays.equals(weights("1"), weights("2")));
  }

  @Test
  void anEventsFileThatIsNoneNamesTheLine() throws Exception {
    Path events = folder.resolve("e.jsonl");
    Files.writeString(events, "{\"label\":\"a\"}\n{\"label\":3}\n");
    Path model = folder.resolve("m");
    Run run = eddy("init", model.toString(), "--events", events.toString(), "--text");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("line 2: label is 3, must be a string"), run.err());
    assertFalse(Files.exists(model));
  }

  private byte[] weights(String model) throws Exception {
    return Files.readAllBytes(folder.resolve(model).resolve("model.safetensors"));
  }
}
