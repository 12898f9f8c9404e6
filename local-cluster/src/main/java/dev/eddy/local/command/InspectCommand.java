package dev.eddy.local.command;

import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a model is. */
@Command(
    name = "inspect",
    header = "A model directory in words: network, shapes, labels, what an event must be.",
    footer = {"%nExample:", "  ./eddy inspect model"},
    synopsisHeading = "%nUsage: ",
    descriptionHeading = "%n",
    mixinStandardHelpOptions = true)
final class InspectCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The model directory.")
  private Path directory;

  @Override
  public Integer call() {
    var model = ModelDirectory.read(directory, "default");
    spec.commandLine().getOut().println(new Inspection(directory, model));
    return 0;
  }
}
