package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.operators.tensor.Kernels;
import dev.eddy.operators.training.Evaluation;
import dev.eddy.serialization.model.ModelDirectory;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says how good a model is. */
@Command(
    name = "evaluate",
    header = "A model on labelled events: accuracy, cross entropy, precision and recall.",
    description =
        "Every sequence is read from the zero state. Events without a label step the state and are"
            + " not counted; of a classifier whole sequences are counted, and for a language model"
            + " the label of an event is that of the next.%n",
    footer = {"%nExample:", "  ./eddy evaluate model --input labelled.jsonl"},
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The model directory.")
  private Path directory;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "A file of events (JSON lines) with labels.")
  private Path input;

  @Override
  public Integer call() {
    var model = ModelDirectory.read(directory, "default");
    var sequences = EventFile.sequences(input, model.config());
    Evaluation found = Evaluation.of(Kernels.best(), model, sequences);
    if (found.count() == 0) {
      throw new BadConfiguration(input + ": has no event with a label");
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d labelled, accuracy %.4f, cross entropy %.4f nats, perplexity %.2f%n",
        found.count(),
        found.accuracy(),
        found.crossEntropy(),
        found.perplexity());
    List<String> labels = model.config().labels();
    int width = labels.stream().mapToInt(String::length).max().orElse(0);
    width = Math.max("label".length(), width);
    String pad = "%-" + width + "s ";
    String head = "precision    recall      have     given";
    out.println(String.format(Locale.ROOT, pad, "label") + head);
    for (int label = 0; label < labels.size(); label++) {
      if (found.having(label) + found.given(label) > 0) {
        out.print(String.format(Locale.ROOT, pad, labels.get(label)));
        out.printf(
            Locale.ROOT,
            "%9s %9s %9d %9d%n",
            part(found.precision(label)),
            part(found.recall(label)),
            found.having(label),
            found.given(label));
      }
    }
    return 0;
  }

  /** A dash where there is nothing to divide by. */
  private static String part(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }
}
