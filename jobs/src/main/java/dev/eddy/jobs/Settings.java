package dev.eddy.jobs;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;

/**
 * What a user gave for a job: {@code --config FILE} and {@code --key value} flags, which win. The
 * names and the values of all settings are checked here; whether they work together is checked by
 * the job.
 */
public final class Settings {
  private static final String CONFIG = "config";

  private Settings() {}

  /**
   * The configuration that command line arguments give. A flag may leave {@code eddy.} out, may be
   * joined to its value by {@code =}, and is true where it has none.
   *
   * @throws BadConfiguration for an unknown key or a value that is not allowed
   */
  public static Configuration load(List<String> arguments) {
    Map<String, Setting> flags = flags(arguments);
    var settings = new LinkedHashMap<String, Setting>();
    Setting file = flags.remove(CONFIG);
    if (file != null) {
      settings.putAll(SettingsFile.read(path(file)));
    }
    settings.putAll(flags);
    return checked(settings);
  }

  private static Map<String, Setting> flags(List<String> arguments) {
    var flags = new LinkedHashMap<String, Setting>();
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (!argument.startsWith("--") || argument.length() == 2) {
        throw new BadConfiguration("'" + argument + "': must be a flag, as in --key value");
      }
      int equals = argument.indexOf('=');
      String name = argument.substring(2, equals < 0 ? argument.length() : equals);
      String value = "true";
      if (equals >= 0) {
        value = argument.substring(equals + 1);
      } else if (i + 1 < arguments.size() && !arguments.get(i + 1).startsWith("--")) {
        value = arguments.get(++i);
      } else if (name.equals(CONFIG)) {
        throw new BadConfiguration("--config: must be given a file, as in --config eddy.yaml");
      }
      String key = KnownKeys.ofFlag(name);
      flags.put(key, new Setting(key, value, "flag --" + name));
    }
    return flags;
  }

  private static Path path(Setting file) {
    try {
      return Path.of(file.value());
    } catch (InvalidPathException e) {
      throw file.refuse("'" + file.value() + "' is no path");
    }
  }

  private static Configuration checked(Map<String, Setting> settings) {
    var configuration = new Configuration();
    for (Setting setting : settings.values()) {
      if (!KnownKeys.contains(setting.key())) {
        throw setting.refuse(
            "no such option; "
                + KnownKeys.nearest(setting.key())
                    .map(known -> "nearest is " + known)
                    .orElse("docs/options.md names them all"));
      }
      configuration.setString(setting.key(), setting.value());
    }
    for (Option<?> option : EddyOptions.all()) {
      Setting setting = settings.get(option.key().key());
      if (!option.holdsIn(configuration)) {
        throw setting.refuse("must be " + option.rule() + ", got '" + setting.value() + "'");
      }
    }
    for (Setting setting : settings.values()) {
      ConfigOption<?> option = KnownKeys.options().get(setting.key());
      if (option != null) {
        try {
          configuration.getOptional(option);
        } catch (IllegalArgumentException e) {
          throw setting.refuse("cannot be '" + setting.value() + "': " + reason(e));
        }
      }
    }
    Setting parallelism = settings.get(CoreOptions.DEFAULT_PARALLELISM.key());
    if (parallelism != null && configuration.get(CoreOptions.DEFAULT_PARALLELISM) < 1) {
      throw parallelism.refuse("must be at least 1, got '" + parallelism.value() + "'");
    }
    return configuration;
  }

  /** The innermost message, which says what the value should be like. */
  private static String reason(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage();
  }
}
