package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.operators.cell.Initialization;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes version 0 of a model. */
@Command(
    name = "init",
    header = "A new model directory: labels, features, shapes, and weights drawn from a seed.",
    description = "It is what train and tag start from. A folder that holds a model is refused.%n",
    footer = {
      "%nExamples:",
      "  ./eddy init model --labels ok,worn,broken --input 12",
      "      twelve numbers per event, three labels",
      "  ./eddy init model --events labelled.jsonl --text --rows 65536",
      "      words, and the labels that the file's events have"
    },
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class InitCommand implements Callable<Integer> {
  /** Where the labels come from: exactly one. */
  static final class Labels {
    @Option(
        names = "--labels",
        paramLabel = "A,B,…",
        split = ",",
        description = "The labels, in the order of the output rows.")
    private List<String> list;

    @Option(
        names = "--labels-file",
        paramLabel = "FILE",
        description = "A file with one label a line.")
    private Path file;

    @Option(
        names = "--events",
        paramLabel = "FILE",
        description = "A file of events (JSON lines): the labels that they have, sorted.")
    private Path events;

    List<String> read() {
      if (list != null) {
        return list;
      }
      if (events != null) {
        return LabelsOfEvents.read(events);
      }
      try {
        return Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
      } catch (IOException e) {
        throw new BadConfiguration("--labels-file: " + file + " cannot be read: " + e);
      }
    }
  }

  /** What an event is: exactly one. */
  static final class Input {
    @Option(
        names = "--input",
        paramLabel = "N",
        description = "Events are numbers, so many each (field features).")
    private int size;

    @Option(names = "--text", description = "Events are words (field token).")
    private boolean text;
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The folder to make.")
  private Path directory;

  @ArgGroup(multiplicity = "1")
  private Labels labels;

  @ArgGroup(multiplicity = "1")
  private Input input;

  @Option(
      names = "--rows",
      defaultValue = "16384",
      paramLabel = "N",
      description = "Rows of the embedding table of words (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--width",
      defaultValue = "64",
      paramLabel = "N",
      description = "Floats of an embedding row (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--architecture",
      defaultValue = "lstm",
      paramLabel = "NAME",
      description = "Kind of the cells (default: ${DEFAULT-VALUE}).")
  private String architecture;

  @Option(
      names = "--hidden",
      defaultValue = "128",
      paramLabel = "N",
      description = "Units of a layer (default: ${DEFAULT-VALUE}).")
  private int hidden;

  @Option(
      names = "--layers",
      defaultValue = "1",
      paramLabel = "N",
      description = "Layers (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Seed of the weights (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  public Integer call() {
    ModelConfig.Features features = input.text ? new ModelConfig.Text(rows, width) : null;
    int size = input.text ? width : input.size;
    ModelConfig config =
        new ModelConfig(
            architecture, size, hidden, layers, false, "tagging", labels.read(), features, 0);
    ModelSnapshot model = Initialization.fresh("default", config, seed);
    ModelDirectory.write(model, directory, false);
    spec.commandLine().getOut().println(new Inspection(directory, model));
    return 0;
  }
}
