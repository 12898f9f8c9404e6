package dev.eddy.local.command;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.eddy.operators.cell.Initialization;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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
        "''|no command given; see ./eddy --help",
        "dmo|no such command: 'dmo'; nearest is demo; see ./eddy --help",
        "foo|'foo'; there are demo, init, train, tag, inspect, evaluate, bench; see ./eddy --help",
        "--hepl|eddy: --hepl: no such option; nearest is --help; see ./eddy --help",
        "demo --event 5|--event: no such option; nearest is --events",
        "demo --rate fast|invalid value for option '--rate': 'fast' is not an int",
        "demo --rate 0|--rate: must be at least 1, got 0",
        "demo --events -3|--events: must be at least 1, got -3",
        "demo --dataset green|expected one of [brown, reber]",
        "demo --training.learning-rat 1|eddy.training.learning-rate",
        "demo --group-id mine|eddy.group-id: is the demo's own",
        "demo --kafka.bootstrap.servers x:1|eddy.kafka.bootstrap.servers: is the demo's own",
        "demo --topic.tags t|eddy.topic.tags: is the demo's own",
        "demo --field.token t|eddy.field.token: is the demo's own",
        "demo --start-from latest|eddy.start-from: is the demo's own",
        "demo --model.directory m|eddy.model.directory: is the demo's own",
        "demo --execution.savepoint.path s|execution.savepoint.path: is the demo's own",
        "init|missing required parameter: 'DIR'; see ./eddy init --help",
        "init m --labels a --text --input 3|eddy init: --input=N, --text are mutually exclusive",
        "init m --labels a --input 3 --hiden=4|--hiden: no such option; nearest is --hidden; see",
        "init m --labels a --input 3 --model x|--model: no such option; it is an option of train, tag; see",
        "init m x --labels a --input 3|unmatched argument at index 2: 'x'; see ./eddy init --help",
        "inspect m --foo|--foo: no such option; see ./eddy inspect --help",
        "train --input x|--input: no such option; it is an option of init, tag, evaluate",
        "train --xyz 3|xyz: no such option; docs/options.md names them all (flag --xyz)",
        "demo --dataset reber --rows=99999999|features.rows is 99999999; must be between 1 and",
        "demo --dataset reber --training.momentum 0.5|eddy.training.momentum: is for sgd",
        "demo --dataset reber --execution.runtime-mode BATCH|must be STREAMING, got BATCH",
        "init /nowhere/m --labels a,b --text --input 3|--input",
        "init /nowhere/m --labels a,a --text|labels holds 'a' twice",
        "init /nowhere/m --labels a --input 0|input_size is 0",
        "init /nowhere/m --labels a --input 4 --architecture gruu|architecture is 'gruu'",
        "init /nowhere/m --events /nowhere/e --text|--events: /nowhere/e cannot be read: no such file",
        "init /nowhere/m --labels a --input 4 --initialization he|initialization is 'he'; must be one of [pytorch, glorot, orthogonal]",
        "init /nowhere/m --labels a --input 4 --rows 5|--rows: is for words; must be given with --text",
        "init /nowhere/m --labels a --input 4 --width 5|--width: is for words",
        "init /dev/null --labels a,b --text|/dev/null: is a file, must be a folder",
        "init /dev/null/m --labels a,b --text|/dev/null/m: Not a directory",
        "inspect /dev/null|/dev/null/config.json: no such file; a model directory has",
        "init /nowhere/m --labels-file /nowhere/l --text|/nowhere/l cannot be read: no such file",
        "inspect /nowhere --gradient-flow e --picture /nowhere/x|--picture: /nowhere/x: its folder",
        "inspect /nowhere --distance 5|--distance: must be given with --gradient-flow",
        "inspect /nowhere --gradient-flow e --distance 0|--distance: must be from 1 to 100000, is 0",
        "inspect /nowhere|/nowhere/config.json: no such file; a model directory has config.json and model.safetensors, and eddy init makes one",
        "evaluate /nowhere --input x|/nowhere/config.json: no such file; a model directory",
        "evaluate / --input /|/config.json: no such file; a model directory",
        "tag --model /nowhere --input a|--output: must be given",
        "tag --model /nowhere --output a|--input: must be given",
        "tag --model /nowhere --inptu a --output b|--inptu: no such option; nearest is --input",
        "tag --model /nowhere --input a --outpu=b|--outpu: no such option; nearest is --output",
        "tag --model /nowhere --score --input a --output b|--score: no such option; nearest is --scores",
        "tag --model /nowhere --input a --output b|/nowhere/config.json: no such file",
        "tag --model /nowhere --modle.name x|eddy.model.name",
        "train --kafka.bootstrap.servers localhost:1|eddy.model.directory",
        "tag --model /nowhere --input a --output b --parallelism.default 0|parallelism.default: must be",
        "train --modle x|--modle: no such option; nearest is --model",
        "bench kernels|there is no section 'kernels'; must be one of kernel, train, stream",
        "bench --quik|nearest is --quick",
        "bench --json /nowhere/report.json|--json: /nowhere is no folder that can be written to",
        "bench --json /|--json: / is a folder, must be a file",
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

  /** But for a user who may write to whatever there is. */
  @Test
  void aReportThatCannotBeReplacedIsRefused() throws Exception {
    Path report = Files.writeString(folder.resolve("report.json"), "{}");
    assertTrue(report.toFile().setReadOnly());
    assumeFalse(Files.isWritable(report));
    Run run = eddy("bench", "--json", report.toString());
    assertEquals(2, run.exit(), run.err());
    assertTrue(run.err().contains("--json: " + report + " cannot be written to"), run.err());
  }

  @Test
  void helpNamesEveryCommandAndEveryCommandHasExamples() {
    Run help = eddy("--help");
    assertEquals(0, help.exit());
    for (String command : List.of("demo", "init", "train", "tag", "inspect", "evaluate", "bench")) {
      assertTrue(help.out().contains("\n  " + command + " "), command);
      Run own = eddy(command, "--help");
      assertEquals(0, own.exit());
      assertTrue(own.out().contains("./eddy " + command), own.out());
    }
  }

  @Test
  void helpOfAJobNamesEachOfItsOptionsOnceAndNoneOfTheOtherJob() {
    List<String> tag = options("tag");
    List<String> train = options("train");
    assertEquals(tag.size(), Set.copyOf(tag).size(), tag::toString);
    assertEquals(train.size(), Set.copyOf(train).size(), train::toString);
    assertEquals(
        Set.of(
            "--input",
            "--output",
            "--scores",
            "--topic.events",
            "--topic.tags",
            "--max-batch-size",
            "--max-batch-delay",
            "--generate.length",
            "--generate.until",
            "--generate.seed",
            "--model.take-up",
            "--model.on-other-shapes"),
        without(tag, train));
    Set<String> training = without(train, tag);
    assertTrue(
        training.containsAll(Set.of("--topic.labelled", "--topic.scores", "--field.label")),
        training::toString);
    assertEquals(
        training.size() - 3, training.stream().filter(o -> o.startsWith("--training.")).count());
    assertTrue(tag.containsAll(List.of("--model", "--kafka.bootstrap.servers", "--group-id")));
  }

  private static List<String> options(String command) {
    return Pattern.compile("(?m)^ +(?:-., )?(--[a-z.-]+)")
        .matcher(eddy(command, "--help").out().replaceFirst("(?s)Example.*", ""))
        .results()
        .map(found -> found.group(1))
        .toList();
  }

  private static Set<String> without(List<String> options, List<String> others) {
    Set<String> rest = new TreeSet<>(options);
    others.forEach(rest::remove);
    return rest;
  }

  @Test
  void brokersThatDoNotAnswerAreNamedAtOnceAndGivenUp() {
    String model = folder.resolve("model").toString();
    assertEquals(0, eddy("init", model, "--labels", "a,b", "--input", "1").exit());
    ByteArrayOutputStream progress = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(progress, true, StandardCharsets.UTF_8));
    Run run;
    try {
      run = eddy("train", "--model", model, "--kafka.bootstrap.servers", "localhost:1");
    } finally {
      System.setErr(before);
    }
    assertTrue(
        progress.toString(StandardCharsets.UTF_8).startsWith("connecting to Kafka at localhost:1"));
    assertEquals(2, run.exit());
    assertEquals(
        "eddy train: eddy.kafka.bootstrap.servers: no answer within 8 s from localhost:1",
        run.err().strip());
  }

  @Test
  void whatTheModelCannotDoIsSaidBeforeKafkaIsAsked() {
    String model = folder.resolve("model").toString();
    assertEquals(0, eddy("init", model, "--labels", "a,b", "--input", "1").exit());
    for (String command : List.of("tag --generate.length=3", "train --training.window=65536")) {
      String line = command + " --kafka.bootstrap.servers localhost:1 --model " + model;
      Run run = eddy(line.split(" "));
      assertEquals(2, run.exit());
      String option = command.replaceAll(".*--(.*)=.*", "$1");
      assertTrue(run.err().contains("eddy." + option), run.err());
    }
  }

  @Test
  void oneIsNotSeveral() {
    assertEquals("1 tag", TagCommand.counted(1, "tag"));
    assertEquals("0 tags", TagCommand.counted(0, "tag"));
    assertEquals("1,000 bad events", TagCommand.counted(1000, "bad event"));
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--task=tagging|for each event, at once",
        "--bidirectional|for each event, when its sequence ends (field end)",
        "--task=classification|once for each sequence, when it ends (field end)",
        "--task=language-model|for each event, of the next one, at once",
      })
  void inspectTellsWhenTheModelAnswers(String option, String when) {
    String model = folder.resolve("model").toString();
    assertEquals(0, eddy("init", model, "--labels", "x,y", "--input", "3", option).exit());
    List<String> lines = eddy("inspect", model).out().lines().toList();
    assertTrue(lines.contains("answers                    " + when), lines::toString);
  }

  @ParameterizedTest
  @CsvSource({"--dropout=0.3, --dropout", "--residual, --residual"})
  void whatActsBetweenLayersNeedsTwo(String option, String named) {
    Path model = folder.resolve("model");
    Run run = eddy("init", model.toString(), "--labels", "x,y", "--input", "3", option);
    assertEquals(2, run.exit());
    String rule = named + ": acts between layers; --layers must be at least 2, is 1";
    assertTrue(run.err().contains(rule), run.err());
    assertFalse(Files.exists(model));
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

  @ParameterizedTest
  @EnumSource
  void theInitializationIsChosen(Initialization initialization) throws Exception {
    String folderOfModel = folder.resolve("m").toString();
    String name = initialization.toString();
    Run run =
        eddy("init", folderOfModel, "--labels", "x,y", "--input", "3", "--initialization", name);
    assertEquals(0, run.exit(), run.err());
    ModelSnapshot model = ModelDirectory.read(folder.resolve("m"), "m");
    ModelSnapshot right = initialization.draw("m", model.config(), 1);
    right
        .tensors()
        .forEach((tensor, values) -> assertArrayEquals(values, model.tensors().get(tensor)));
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

  @Test
  void anEventsFileWhoseLineIsNoObjectNamesIt() throws Exception {
    Path events = Files.writeString(folder.resolve("e.jsonl"), "{\"label\":\"a\"}\n\n[1]\n");
    Run run = eddy("init", folder + "/m", "--events", events.toString(), "--text");
    assertEquals(2, run.exit());
    assertTrue(run.err().contains("line 3: must be a JSON object, found [1]"), run.err());
  }

  private byte[] weights(String model) throws Exception {
    return Files.readAllBytes(folder.resolve(model).resolve("model.safetensors"));
  }
}
