package dev.eddy.serialization.json;

import java.io.Serializable;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/** What a user's JSON calls the fields of an event: six different names. */
public record EventFields(
    String sequence, String token, String features, String label, String time, String end)
    implements Serializable {

  public static final EventFields DEFAULT =
      new EventFields("sequence", "token", "features", "label", "time", "end");

  /**
   * Checks the names.
   *
   * @throws IllegalArgumentException where one is empty or two are the same
   */
  public EventFields {
    List<String> names = Arrays.asList(sequence, token, features, label, time, end);
    if (names.contains("") || new HashSet<>(names).size() != names.size()) {
      throw new IllegalArgumentException(
          "names of the event's fields are " + names + "; must be different and not empty");
    }
  }
}
