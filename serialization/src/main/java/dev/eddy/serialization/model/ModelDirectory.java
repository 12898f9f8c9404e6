package dev.eddy.serialization.model;

import dev.eddy.serialization.ConfigJson;
import dev.eddy.serialization.InvalidModelException;
import dev.eddy.serialization.ModelConfig;
import dev.eddy.serialization.ModelSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Objects;

/**
 * A model on disk: {@code config.json} and {@code model.safetensors} in one folder. The config is
 * written last and deleted first, so that a folder with a config holds a whole model.
 */
public final class ModelDirectory {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  private ModelDirectory() {}

  /**
   * Reads the model as version 0 of that name.
   *
   * @throws InvalidModelException naming the file, the key or tensor, what was expected and found
   */
  public static ModelSnapshot read(Path directory, String name) {
    Path configFile = directory.resolve(CONFIG);
    Path weightsFile = directory.resolve(WEIGHTS);
    for (Path file : new Path[] {configFile, weightsFile}) {
      if (Files.notExists(file)) {
        throw new InvalidModelException(
            "%s: no such file; a model directory has %s and %s, and eddy init makes one"
                .formatted(file, CONFIG, WEIGHTS));
      }
    }
    ModelConfig config = at(configFile, () -> ConfigJson.read(Files.readAllBytes(configFile)));
    return at(
        weightsFile,
        () ->
            new ModelSnapshot(
                name, 0, -1, 0, config, Weights.read(Files.readAllBytes(weightsFile), config)));
  }

  /**
   * Writes config and weights; name, version and counters are not kept.
   *
   * @param replace whether another model in that folder may be lost; other files are left alone
   * @throws InvalidModelException where that folder holds another model, or cannot be written
   */
  public static void write(ModelSnapshot model, Path directory, boolean replace) {
    byte[] config = ConfigJson.pretty(model.config()).getBytes(StandardCharsets.UTF_8);
    byte[] weights = Weights.write(model);
    at(
        directory,
        () -> {
          Files.createDirectories(directory);
          Path configFile = directory.resolve(CONFIG);
          Path weightsFile = directory.resolve(WEIGHTS);
          if (!replace && (holdsOther(configFile, config) || holdsOther(weightsFile, weights))) {
            throw new InvalidModelException(
                "holds another model already; name another folder, or delete its %s and %s"
                    .formatted(CONFIG, WEIGHTS));
          }
          Files.deleteIfExists(configFile);
          put(weightsFile, weights);
          put(configFile, config);
          return null;
        });
  }

  private static boolean holdsOther(Path file, byte[] bytes) throws IOException {
    return Files.exists(file) && !Arrays.equals(Files.readAllBytes(file), bytes);
  }

  private static void put(Path file, byte[] bytes) throws IOException {
    Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      Files.write(partial, bytes);
      Files.move(
          partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private interface Work<T> {
    T run() throws IOException;
  }

  private static <T> T at(Path place, Work<T> work) {
    try {
      return work.run();
    } catch (InvalidModelException invalid) {
      throw new InvalidModelException(place + ": " + invalid.getMessage());
    } catch (NoSuchFileException missing) {
      throw new InvalidModelException(place + ": no such file");
    } catch (FileAlreadyExistsException file) {
      throw new InvalidModelException(place + ": is a file, must be a folder");
    } catch (AccessDeniedException denied) {
      throw new InvalidModelException(place + ": permission denied");
    } catch (FileSystemException failed) {
      throw new InvalidModelException(
          place + ": " + Objects.requireNonNullElse(failed.getReason(), "cannot be used"));
    } catch (IOException failed) {
      throw new InvalidModelException(place + ": " + failed.getMessage());
    } catch (OutOfMemoryError tooLarge) {
      throw new InvalidModelException(place + ": too large for the memory of this JVM");
    }
  }
}
