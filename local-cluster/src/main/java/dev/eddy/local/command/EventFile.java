package dev.eddy.local.command;

import dev.eddy.jobs.BadConfiguration;
import dev.eddy.serialization.Event;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.json.BadEvent;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The events of a file, with their labels, by sequence. */
final class EventFile {
  private EventFile() {}

  /**
   * Reads JSON lines with the default names of the fields. For a language model each event has the
   * label of the next.
   *
   * @return the events of each sequence, in the order in which the sequences end; the end of the
   *     file ends the rest
   * @throws BadConfiguration naming the line that is no event of this model
   */
  static List<List<Event>> sequences(Path file, ModelConfig config) {
    var format = new EventFormat(config, EventFields.DEFAULT, true);
    List<List<Event>> ended = new ArrayList<>();
    Map<String, List<Event>> open = new LinkedHashMap<>();
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          Event event = format.parse(null, line.getBytes(StandardCharsets.UTF_8), 0);
          add(event, open.computeIfAbsent(event.sequence(), name -> new ArrayList<>()), config);
          if (event.end()) {
            ended.add(open.remove(event.sequence()));
          }
        }
      }
    } catch (BadEvent bad) {
      throw new BadConfiguration(file + " line " + number + ": " + bad.getMessage());
    } catch (IOException e) {
      throw new BadConfiguration(file + ": cannot be read: " + reason(e));
    }
    ended.addAll(open.values());
    if (ended.isEmpty()) {
      throw new BadConfiguration(file + ": has no event");
    }
    return ended;
  }

  /** Why a file cannot be used, without the name that stands before it. */
  static String reason(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file";
    }
    if (e instanceof CharacterCodingException) {
      return "is not UTF-8";
    }
    return e instanceof FileSystemException failed && failed.getReason() != null
        ? failed.getReason()
        : Objects.requireNonNullElse(e.getMessage(), e.toString());
  }

  private static void add(Event event, List<Event> sequence, ModelConfig config) {
    if (!config.isLanguageModel()) {
      sequence.add(event);
      return;
    }
    int last = sequence.size() - 1;
    if (last >= 0) {
      sequence.set(last, sequence.get(last).labelled(event.label()));
    }
    sequence.add(event.labelled(Event.NO_LABEL));
  }
}
