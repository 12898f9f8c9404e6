package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.jobs.EddyOptions;
import dev.eddy.jobs.Option;
import dev.eddy.jobs.Settings;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Flags of a job that a command passes on: it takes what is not one of its own options. */
final class JobFlags {
  /** Edits that a slip of the finger makes. */
  private static final int SLIP = 2;

  /** What the commands have options of their own for. */
  private static final Set<ConfigOption<?>> ELSEWHERE =
      Set.of(EddyOptions.MODEL_DIRECTORY, EddyOptions.SCORES);

  private static final Set<ConfigOption<?>> OF_TRAINING =
      Set.of(EddyOptions.TOPIC_LABELLED, EddyOptions.TOPIC_SCORES, EddyOptions.FIELD_LABEL);

  private static final Set<ConfigOption<?>> OF_TAGGING =
      Set.of(
          EddyOptions.TOPIC_EVENTS,
          EddyOptions.TOPIC_TAGS,
          EddyOptions.MODEL_TAKE_UP,
          EddyOptions.MODEL_ON_OTHER_SHAPES,
          EddyOptions.MAX_BATCH_SIZE,
          EddyOptions.MAX_BATCH_DELAY,
          EddyOptions.GENERATE_LENGTH,
          EddyOptions.GENERATE_UNTIL,
          EddyOptions.GENERATE_SEED);

  private JobFlags() {}

  /**
   * The configuration that flags give.
   *
   * @param command whose own options they are not
   * @throws BadConfiguration for a mistyped option of the command or of the job
   */
  static Configuration load(CommandSpec command, List<String> flags) {
    for (String flag : flags) {
      String name = flag.replaceFirst("=.*", "");
      if (name.startsWith("--") && !isKnown(name)) {
        hint(command, name)
            .ifPresent(
                hint -> {
                  throw new BadConfiguration(name + ": no such option; " + hint);
                });
      }
    }
    return Settings.load(flags);
  }

  private static boolean isKnown(String name) {
    return EddyOptions.all().stream().anyMatch(option -> flag(option).equals(name));
  }

  /** What may have been meant by an option that a command does not have. */
  static Optional<String> hint(CommandSpec command, String name) {
    return nearest(name, command.optionsMap().keySet().stream())
        .map(own -> "nearest is " + own)
        .or(() -> commandsThatHave(command, name));
  }

  private static Optional<String> commandsThatHave(CommandSpec command, String name) {
    if (command.parent() == null) {
      return Optional.empty();
    }
    List<String> commands =
        command.parent().subcommands().values().stream()
            .map(CommandLine::getCommandSpec)
            .filter(other -> other.optionsMap().containsKey(name))
            .map(CommandSpec::name)
            .toList();
    return commands.isEmpty()
        ? Optional.empty()
        : Optional.of("it is an option of " + String.join(", ", commands));
  }

  /** The one that a mistyped name was meant to be, if it is close to any. */
  static Optional<String> nearest(String name, Stream<String> known) {
    var edits = LevenshteinDistance.getDefaultInstance();
    return known
        .filter(one -> edits.apply(one, name) <= SLIP)
        .min(Comparator.comparingInt(one -> edits.apply(one, name)));
  }

  /**
   * The options of a command's job, as flags with their defaults, and what they mean.
   *
   * @param command {@code train} or {@code tag}
   */
  static Stream<String> help(String command) {
    boolean training = command.equals("train");
    Set<ConfigOption<?>> others = training ? OF_TAGGING : OF_TRAINING;
    return EddyOptions.all().stream()
        .filter(option -> !ELSEWHERE.contains(option.key()) && !others.contains(option.key()))
        .filter(option -> training || !flag(option).startsWith("--training."))
        .flatMap(
            option ->
                Stream.of(
                    ("  " + flag(option) + " " + option.defaultText()).stripTrailing(),
                    indented(option.meaning() + "; " + option.rule())));
  }

  /** Text in lines that are no longer than those of the help, each with the same indent. */
  private static String indented(String text) {
    return text.replaceAll("(.{1,73})( |$)", "      $1%n").replaceFirst("%n$", "");
  }

  private static String flag(Option<?> option) {
    return "--" + option.key().key().substring(EddyOptions.PREFIX.length());
  }
}
