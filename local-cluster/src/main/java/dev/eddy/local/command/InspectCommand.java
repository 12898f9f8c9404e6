package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.GradientFlow;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a model is. */
@Command(
    name = "inspect",
    header = "A model directory in words: network, shapes, labels, what an event must be.",
    footer = {
      "%nExamples:",
      "  ./eddy inspect model",
      "  ./eddy inspect model --gradient-flow events.jsonl --picture flow.svg",
      "      how far back the model can learn: gradient norms by distance in time"
    },
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  private static final int DISTANCE = 50;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The model directory.")
  private Path directory;

  @Option(
      names = "--gradient-flow",
      paramLabel = "FILE",
      description =
          "Print a table of the gradient flow on a file of events (JSON lines) in place of the"
              + " words: a row for each distance k, a column for each layer. A number is the norm"
              + " of the gradient of the loss at the end of a sequence by the hidden state k events"
              + " before it, of the forward direction where there are two, a mean over the"
              + " sequences that are so long. The loss is of the label there, or where there is"
              + " none of the one that the model gives (default: none).")
  private Path events;

  @Option(
      names = "--distance",
      paramLabel = "N",
      description =
          "With --gradient-flow, the greatest k: how many events back the gradient is followed"
              + " (default: "
              + DISTANCE
              + ").")
  private Integer distance;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description =
          "With --gradient-flow, a picture of the table too (SVG), a line for each layer, norms by"
              + " powers of ten; replaced if it exists (default: none).")
  private Path picture;

  @Override
  public Integer call() {
    if (events == null && (picture != null || distance != null)) {
      throw new BadConfiguration(
          (picture != null ? "--picture" : "--distance") + ": must be given with --gradient-flow");
    }
    if (picture != null && !Files.isDirectory(picture.toAbsolutePath().getParent())) {
      throw new BadConfiguration("--picture: " + picture + ": its folder must be there");
    }
    int farthest = Objects.requireNonNullElse(distance, DISTANCE);
    if (farthest < 1 || farthest > 100_000) {
      throw new BadConfiguration("--distance: must be from 1 to 100000, is " + farthest);
    }
    var model = ModelDirectory.read(directory, "default");
    PrintWriter out = spec.commandLine().getOut();
    if (events == null) {
      out.println(new Inspection(directory, model));
      return 0;
    }
    var sequences = EventFile.sequences(events, model.config());
    var flow = GradientFlow.of(Kernels.best(), model, sequences, farthest);
    if (flow.distances() == 0) {
      throw new BadConfiguration(events + ": has no event with an input");
    }
    print(flow, out);
    if (picture != null) {
      String title = "Gradient norm by distance in time: " + directory;
      try {
        Files.writeString(picture, GradientFlowPicture.of(flow, title));
      } catch (IOException e) {
        throw new BadConfiguration(
            "--picture: " + picture + " cannot be written: " + EventFile.reason(e));
      }
    }
    return 0;
  }

  /** A row for each distance: the norm of each layer, and how many sequences reach so far. */
  private static void print(GradientFlow flow, PrintWriter out) {
    StringBuilder line = new StringBuilder("distance");
    for (int layer = 0; layer < flow.layers(); layer++) {
      line.append(String.format(Locale.ROOT, " %12s", "layer " + (layer + 1)));
    }
    out.println(line.append("  sequences"));
    for (int k = 0; k < flow.distances(); k++) {
      line = new StringBuilder(String.format(Locale.ROOT, "%8d", k));
      for (int layer = 0; layer < flow.layers(); layer++) {
        line.append(String.format(Locale.ROOT, " %12.4e", flow.norm(layer, k)));
      }
      out.println(line.append(String.format(Locale.ROOT, " %10d", flow.sequences(k))));
    }
  }
}
