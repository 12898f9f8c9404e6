package dev.eddy.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A YAML file of settings: its keys are nested, or dotted, or both. */
final class SettingsFile {
  private final Path path;
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  private SettingsFile(Path path) {
    this.path = path;
  }

  /** Its settings in the order of the file. */
  static Map<String, Setting> read(Path path) {
    var file = new SettingsFile(path);
    try {
      new Compose(LoadSettings.builder().build())
          .composeString(Files.readString(path))
          .ifPresent(root -> file.add("", root));
    } catch (NoSuchFileException e) {
      throw new BadConfiguration(path + ": no such file");
    } catch (IOException e) {
      throw new BadConfiguration(path + ": cannot be read as UTF-8 text: " + e.getMessage());
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new BadConfiguration(path + " line " + line + ": not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new BadConfiguration(path + ": not YAML: " + e.getMessage());
    }
    return file.settings;
  }

  private void add(String key, Node node) {
    if (node instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        String name = scalar(key, tuple.getKeyNode());
        add(key.isEmpty() ? name : key + "." + name, tuple.getValueNode());
      }
    } else {
      var setting = new Setting(key, value(key, node), where(node));
      if (key.isEmpty()) {
        throw new BadConfiguration(path + ": must be a YAML mapping of keys to values");
      }
      if (setting.value().isBlank()) {
        throw setting.refuse("has no value");
      }
      Setting earlier = settings.putIfAbsent(key, setting);
      if (earlier != null) {
        throw setting.refuse("is given twice, first in line " + line(earlier));
      }
    }
  }

  /**
   * The text of a value; a list as Kafka writes it under {@code eddy.}, as Flink does elsewhere.
   */
  private String value(String key, Node node) {
    if (node instanceof SequenceNode list) {
      return list.getValue().stream()
          .map(element -> scalar(key, element))
          .collect(Collectors.joining(key.startsWith(EddyOptions.PREFIX) ? "," : ";"));
    }
    return scalar(key, node);
  }

  private String scalar(String key, Node node) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw new Setting(key, "", where(node)).refuse("must be a single value or a list of them");
  }

  private String where(Node node) {
    return path + node.getStartMark().map(mark -> " line " + (mark.getLine() + 1)).orElse("");
  }

  private static String line(Setting setting) {
    return setting.where().substring(setting.where().lastIndexOf(' ') + 1);
  }
}
