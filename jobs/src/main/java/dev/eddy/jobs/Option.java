package dev.eddy.jobs;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Predicate;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.util.TimeUtils;

/**
 * One option of the jobs: Flink's typed key with its default, and the values that it may take.
 *
 * @param meaning what it does, for people
 * @param rule the values that {@code allowed} accepts, as the end of "must be"
 */
public record Option<T>(
    ConfigOption<T> key, String meaning, String rule, Predicate<? super T> allowed) {

  /** The default as a user would write it, empty where there is none. */
  public String defaultText() {
    if (!key.hasDefaultValue()) {
      return "";
    }
    T value = key.defaultValue();
    return value instanceof Duration span
        ? TimeUtils.formatWithHighestUnit(span)
        : value.toString().toLowerCase(Locale.ROOT);
  }

  /** True where the option is not given, or given with an allowed value. */
  boolean holdsIn(ReadableConfig configuration) {
    try {
      return configuration.getOptional(key).map(allowed::test).orElse(true);
    } catch (IllegalArgumentException notOfItsType) {
      return false;
    }
  }
}
