package dev.eddy.jobs;

import dev.eddy.operators.cell.Network;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.json.EventFields;
import dev.eddy.serialization.json.EventFormat;
import dev.eddy.serialization.model.ModelDirectory;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;

/** What the options say of the model to start from, and so of the events. */
final class Inputs {
  private Inputs() {}

  /** Version 0, from the model directory. */
  static ModelSnapshot model(Configuration configuration) {
    String directory =
        configuration
            .getOptional(EddyOptions.MODEL_DIRECTORY)
            .orElseThrow(
                () ->
                    new BadConfiguration(
                        EddyOptions.MODEL_DIRECTORY.key()
                            + ": must be given; a new model directory is made by eddy init"));
    try {
      ModelSnapshot model =
          ModelDirectory.read(Path.of(directory), configuration.get(EddyOptions.MODEL_NAME));
      Network.requireSupported(model.config());
      return model;
    } catch (InvalidModelException e) {
      throw new BadConfiguration(EddyOptions.MODEL_DIRECTORY.key() + ": " + e.getMessage());
    }
  }

  /** How that model's events look in JSON. */
  static EventFormat events(Configuration configuration, ModelSnapshot model, boolean labelled) {
    return new EventFormat(model.config(), fields(configuration), labelled);
  }

  /** What the fields of an event are called. */
  static EventFields fields(Configuration configuration) {
    try {
      return new EventFields(
          configuration.get(EddyOptions.FIELD_SEQUENCE),
          configuration.get(EddyOptions.FIELD_TOKEN),
          configuration.get(EddyOptions.FIELD_FEATURES),
          configuration.get(EddyOptions.FIELD_LABEL),
          configuration.get(EddyOptions.FIELD_TIME),
          configuration.get(EddyOptions.FIELD_END));
    } catch (IllegalArgumentException e) {
      throw new BadConfiguration(EddyOptions.PREFIX + "field.*: " + e.getMessage());
    }
  }
}
