package dev.eddy.local.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.eddy.jobs.BadConfiguration;
import dev.eddy.serialization.Shown;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** The labels that the events of a file have, sorted. */
final class LabelsOfEvents {
  private LabelsOfEvents() {}

  /**
   * Reads JSON lines; events without a label are passed over.
   *
   * @param tokens whether the token is the label where none is given, as of a language model
   * @throws BadConfiguration naming the line that is no event
   */
  static List<String> read(Path file, boolean tokens) {
    ObjectMapper json = new ObjectMapper();
    TreeSet<String> labels = new TreeSet<>();
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank()) {
          continue;
        }
        JsonNode event = json.readTree(line);
        if (!event.isObject()) {
          throw new BadConfiguration(
              "--events: %s line %d: must be a JSON object, found %s"
                  .formatted(file, number, Shown.shortened(line)));
        }
        String field = tokens && !event.hasNonNull("label") ? "token" : "label";
        JsonNode label = event.get(field);
        if (label != null && !label.isNull()) {
          if (!label.isTextual()) {
            throw new BadConfiguration(
                "--events: %s line %d: %s is %s, must be a string"
                    .formatted(file, number, field, label));
          }
          labels.add(label.textValue());
        }
      }
    } catch (JsonProcessingException e) {
      throw new BadConfiguration(
          "--events: %s line %d: not JSON: %s".formatted(file, number, e.getOriginalMessage()));
    } catch (IOException e) {
      throw new BadConfiguration("--events: " + file + " cannot be read: " + EventFile.reason(e));
    }
    if (labels.isEmpty()) {
      throw new BadConfiguration("--events: " + file + " has no event with a label");
    }
    return List.copyOf(labels);
  }
}
