package dev.eddy.jobs;

import java.util.function.Predicate;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/**
 * One option of the jobs: Flink's typed key with its default, and the values that it may take.
 *
 * @param meaning what it does, for people
 * @param rule the values that {@code allowed} accepts, as the end of "must be"
 */
public record Option<T>(
    ConfigOption<T> key, String meaning, String rule, Predicate<? super T> allowed) {

  /** True where the option is not given, or given with an allowed value. */
  boolean holdsIn(ReadableConfig configuration) {
    try {
      return configuration.getOptional(key).map(allowed::test).orElse(true);
    } catch (IllegalArgumentException notOfItsType) {
      return false;
    }
  }
}
