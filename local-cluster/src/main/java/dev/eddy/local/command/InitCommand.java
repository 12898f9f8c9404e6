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
import java.util.Objects;
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

  private static final int ROWS = 16_384;
  private static final int WIDTH = 64;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The folder to make.")
  private Path directory;

  @ArgGroup(multiplicity = "1")
  private Labels labels;

  @ArgGroup(multiplicity = "1")
  private Input input;

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Rows of the embedding table of words (default: " + ROWS + ").")
  private Integer rows;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Floats of an embedding row (default: " + WIDTH + ").")
  private Integer width;

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
    if (!input.text && (rows != null || width != null)) {
      throw new BadConfiguration(
          (rows == null ? "--width" : "--rows") + ": is for words; must be given with --text");
    }
    int columns = Objects.requireNonNullElse(width, WIDTH);
    int table = Objects.requireNonNullElse(rows, ROWS);
    ModelConfig.Features features = input.text ? new ModelConfig.Text(table, columns) : null;
    int size = input.text ? columns : input.size;
    ModelConfig config =
        new ModelConfig(
            architecture, size, hidden, layers, false, "tagging", labels.read(), features, 0);
    ModelSnapshot model = Initialization.fresh("default", config, seed);
    ModelDirectory.write(model, directory, false);
    spec.commandLine().getOut().println(new Inspection(directory, model));
    return 0;
  }
}
