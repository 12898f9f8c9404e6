package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.serialization.InvalidModelException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.util.ExceptionUtils;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command: what its subcommands have in common. */
@Command(
    name = "eddy",
    mixinStandardHelpOptions = true,
    version = "eddy 0.1.0",
    synopsisHeading = "%nUsage: ",
    synopsisSubcommandLabel = "COMMAND",
    header = "Recurrent neural networks inside Apache Flink.",
    commandListHeading = "%nCommands:%n",
    subcommands = {
      DemoCommand.class,
      InitCommand.class,
      TrainCommand.class,
      TagCommand.class,
      InspectCommand.class,
      EvaluateCommand.class,
      BenchCommand.class
    },
    footer = {
      "%nExamples:",
      "  ./eddy demo",
      "      Kafka, Flink, both jobs and a corpus, all on this machine",
      "  ./eddy init model --events labelled.jsonl --text",
      "      a new model directory for the labels that the file has",
      "  ./eddy tag --model model --input events.jsonl --output tags.jsonl --scores",
      "      tags a file, without Kafka",
      "  ./eddy train --model model --kafka.bootstrap.servers localhost:9092",
      "  ./eddy tag --model model --kafka.bootstrap.servers localhost:9092",
      "      the one learns, the other tags with each model that is published",
      "%nExit codes: 0 done, 1 failed, 2 bad options, model or events to measure by,",
      "3 bad events among those to tag."
    })
public final class Eddy implements Runnable {
  static final int FAILED = 1;
  static final int BAD_CONFIGURATION = 2;
  static final int BAD_EVENTS = 3;

  /** What a shell reports of a process that Ctrl-C has ended. */
  private static final int INTERRUPTED = 130;

  private static final long SECONDS_TO_CLOSE = 30;

  /** Whether the JVM ends before the command has. */
  private static volatile boolean interrupted;

  @Spec private CommandLine.Model.CommandSpec spec;

  private Eddy() {}

  /** There is nothing to do without a command. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  /** Ends the JVM with the exit code of the command. */
  public static void main(String[] arguments) {
    System.setProperty("eddy.log", log().toString());
    CountDownLatch closed = new CountDownLatch(1);
    Thread command = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupt(command, closed)));
    int exit = commandLine().execute(arguments);
    closed.countDown();
    System.exit(exit);
  }

  /** Ctrl-C: the command closes what it has opened before the JVM ends. */
  private static void interrupt(Thread command, CountDownLatch closed) {
    if (closed.getCount() == 0) {
      return;
    }
    interrupted = true;
    command.interrupt();
    try {
      if (!closed.await(SECONDS_TO_CLOSE, TimeUnit.SECONDS)) {
        System.err.println("eddy: not closed within " + SECONDS_TO_CLOSE + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The command with its way to report errors. */
  static CommandLine commandLine() {
    CommandLine eddy =
        new CommandLine(new Eddy())
            .setParameterExceptionHandler(Eddy::badParameter)
            .setExecutionExceptionHandler(Eddy::failed);
    for (String job : List.of("train", "tag")) {
      var usage = eddy.getSubcommands().get(job).getCommandSpec().usageMessage();
      usage.footer(
          Stream.of(
                  Stream.of("%nOptions of the job:"), JobFlags.help(job), Stream.of(usage.footer()))
              .flatMap(lines -> lines)
              .toArray(String[]::new));
    }
    return eddy;
  }

  /** Where the details of a run are written. */
  private static Path log() {
    return Path.of(
        System.getProperty("java.io.tmpdir"), "eddy-" + ProcessHandle.current().pid() + ".log");
  }

  private static int badParameter(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String reason = e.getMessage();
    if (e instanceof UnmatchedArgumentException unmatched) {
      if (command.getParent() == null && !unmatched.isUnknownOption()) {
        return say(
            command, noSuchCommand(command, unmatched.getUnmatched().get(0)), BAD_CONFIGURATION);
      }
      if (unmatched.isUnknownOption()) {
        String name = unmatched.getUnmatched().get(0).replaceFirst("=.*", "");
        Optional<String> hint = JobFlags.hint(command.getCommandSpec(), name);
        reason = name + ": no such option" + hint.map(what -> "; " + what).orElse("");
      }
    }
    String help = "see ./" + command.getCommandSpec().qualifiedName() + " --help";
    return say(command, lowerCase(reason) + "; " + help, BAD_CONFIGURATION);
  }

  /** A message of the parser in the form of ours. */
  private static String lowerCase(String message) {
    String plain = message.replaceFirst("^Error: ", "");
    return plain.substring(0, 1).toLowerCase(Locale.ROOT) + plain.substring(1);
  }

  private static String noSuchCommand(CommandLine eddy, String given) {
    var commands = eddy.getSubcommands().keySet();
    String known =
        JobFlags.nearest(given, commands.stream())
            .map(command -> "nearest is " + command)
            .orElse("there are " + String.join(", ", commands));
    return "no such command: '" + given + "'; " + known + "; see ./eddy --help";
  }

  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof BadConfiguration || e instanceof InvalidModelException) {
      return say(command, e.getMessage(), BAD_CONFIGURATION);
    }
    if (interrupted) {
      return say(command, "stopped", INTERRUPTED);
    }
    LoggerFactory.getLogger("failure").error("{}", command.getCommandName(), e);
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    // what only the job could see, such as a checkpoint of another model
    boolean refused = ExceptionUtils.findThrowable(e, SuppressRestartsException.class).isPresent();
    return say(command, reason + "; details: " + log(), refused ? BAD_CONFIGURATION : FAILED);
  }

  private static int say(CommandLine command, String reason, int exit) {
    String line = reason.strip().replaceAll("\\s*\\R\\s*", " ");
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + line);
    return exit;
  }
}
