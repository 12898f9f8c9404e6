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
      "      words, and the labels that the file's events have",
      "  ./eddy init model --events text.jsonl --text --task language-model",
      "      words, each to be predicted from those before it"
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
        paramLabel = "LABEL",
        split = ",",
        splitSynopsisLabel = ",",
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
        description =
            "A file of events (JSON lines): the labels that they have, sorted; for a language model"
                + " of words the words too.")
    private Path events;

    List<String> read(boolean tokens) {
      if (list != null) {
        return list;
      }
      if (events != null) {
        return LabelsOfEvents.read(events, tokens);
      }
      try {
        return Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
      } catch (IOException e) {
        throw new BadConfiguration(
            "--labels-file: " + file + " cannot be read: " + EventFile.reason(e));
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
      names = "--task",
      defaultValue = "tagging",
      paramLabel = "NAME",
      description =
          "tagging: a label for each event; classification: one for each sequence, when it ends;"
              + " language-model: for each event the label, or the word, of the next"
              + " (default: ${DEFAULT-VALUE}).")
  private String task;

  @Option(
      names = "--architecture",
      defaultValue = "lstm",
      paramLabel = "NAME",
      description =
          "Kind of the cells: lstm, gru, gru_reset_before, mgu, rnn_tanh, rnn_relu or rnn_sigmoid"
              + " (default: ${DEFAULT-VALUE}).")
  private String architecture;

  @Option(
      names = "--bidirectional",
      description =
          "Read sequences from their end too: tags come when a sequence ends (default: no).")
  private boolean bidirectional;

  @Option(
      names = "--residual",
      description = "Add what a layer reads to what it gives, from the second on (default: no).")
  private boolean residual;

  @Option(
      names = "--dropout",
      defaultValue = "0",
      paramLabel = "P",
      description =
          "Part of what a layer hands to the next that is dropped while learning, from 0 to below 1"
              + " (default: ${DEFAULT-VALUE}).")
  private float dropout;

  @Option(
      names = "--layer-norm",
      description = "Normalise inside of the cells; slower (default: no).")
  private boolean layerNorm;

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
      names = "--initialization",
      defaultValue = "pytorch",
      paramLabel = "NAME",
      description =
          "How the weights are drawn: pytorch, uniform by the units of a layer; glorot, by the"
              + " inputs and outputs of each block, biases 0; orthogonal, the same with orthogonal"
              + " matrices from state to state (default: ${DEFAULT-VALUE}).")
  private String initialization;

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
    if (layers < 2 && (residual || dropout > 0)) {
      throw new BadConfiguration(
          (residual ? "--residual" : "--dropout")
              + ": acts between layers; --layers must be at least 2, is "
              + layers);
    }
    int columns = Objects.requireNonNullElse(width, WIDTH);
    int table = Objects.requireNonNullElse(rows, ROWS);
    ModelConfig.Features features = input.text ? new ModelConfig.Text(table, columns) : null;
    int size = input.text ? columns : input.size;
    ModelConfig config =
        new ModelConfig(
            architecture,
            size,
            hidden,
            layers,
            bidirectional,
            task,
            labels.read(input.text && task.equals("language-model")),
            features,
            0,
            new ModelConfig.Layers(residual, dropout, layerNorm));
    ModelSnapshot model = Initialization.named(initialization).draw("default", config, seed);
    ModelDirectory.write(model, directory, false);
    spec.commandLine().getOut().println(new Inspection(directory, model));
    return 0;
  }
}
