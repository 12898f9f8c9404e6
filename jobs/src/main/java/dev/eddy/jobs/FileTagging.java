package dev.eddy.jobs;

import dev.eddy.serialization.ModelRecord;
import dev.eddy.serialization.ModelSnapshot;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.json.TagJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The tagging job from file to file, in this JVM: events in, one JSON object a line; tags out, in
 * the order of emission: that of the input, unless a parallelism is asked for, which keeps the
 * order within each sequence only. Bad events go to a file beside the tags. The files appear when
 * all is done.
 */
public final class FileTagging {
  /** How many tags were given, and how many lines were no event. */
  public record Result(long tags, long deadLetters) {}

  private final Configuration configuration;
  private final Path input;
  private final Path output;
  private final Path deadLetters;

  /** Tags the events of {@code input} with the model of {@code eddy.model.directory}. */
  public FileTagging(Configuration configuration, Path input, Path output) {
    this.configuration = configuration;
    this.input = input;
    this.output = output;
    this.deadLetters = output.resolveSibling(output.getFileName() + ".dead-letters.jsonl");
  }

  /** Where the bad events are, if there are any. */
  public Path deadLetters() {
    return deadLetters;
  }

  /**
   * Returns when every event is tagged.
   *
   * @throws BadConfiguration before anything has started
   */
  public Result run() throws Exception {
    ModelSnapshot start = Inputs.model(configuration);
    var format = Inputs.events(configuration, start, false);
    checkFiles();
    Path tags = partial(output);
    Path letters = partial(deadLetters);
    try {
      var env = environment();
      new TaggingJob(
              EventLines.of(input, format),
              noModels(),
              new LineSink<>(tags, TagJson::write),
              new LineSink<>(letters, new DeadLetterLine()),
              start,
              KafkaJobs.tagging(configuration))
          .define(env);
      env.execute();
      var result = new Result(lines(tags), lines(letters));
      Files.move(tags, output, StandardCopyOption.REPLACE_EXISTING);
      if (result.deadLetters() == 0) {
        Files.deleteIfExists(deadLetters);
      } else {
        Files.move(letters, deadLetters, StandardCopyOption.REPLACE_EXISTING);
      }
      return result;
    } finally {
      Files.deleteIfExists(tags);
      Files.deleteIfExists(letters);
    }
  }

  /** Without checkpoints and restarts: what fails, fails, and nothing is left behind. */
  private StreamExecutionEnvironment environment() {
    var once = new Configuration(configuration);
    once.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    if (!once.contains(CoreOptions.DEFAULT_PARALLELISM)) {
      // so that the order of emission is that of the input
      once.set(CoreOptions.DEFAULT_PARALLELISM, 1);
    }
    var env = StreamExecutionEnvironment.getExecutionEnvironment(once);
    Streaming.prepare(env, once, "eddy tag " + input);
    env.getCheckpointConfig().disableCheckpointing();
    return env;
  }

  /** A stream of models that ends at once: its one record belongs to no model. */
  private static Source<ModelRecord, ?, ?> noModels() {
    return new DataGeneratorSource<>(any -> new ModelRecord("", null), 1, Types.MODEL_RECORD);
  }

  private void checkFiles() throws IOException {
    if (!Files.isRegularFile(input) || !Files.isReadable(input)) {
      throw new BadConfiguration(input + ": must be a file that can be read");
    }
    for (Path written : new Path[] {output, deadLetters}) {
      if (Files.exists(written) && Files.isSameFile(written, input)) {
        throw new BadConfiguration(written + ": must not be the input");
      }
      if (Files.isDirectory(written)) {
        throw new BadConfiguration(written + ": must be a file, is a folder");
      }
      if (Files.exists(written) && !Files.isRegularFile(written, LinkOption.NOFOLLOW_LINKS)) {
        throw new BadConfiguration(
            written + ": must be a file that can be replaced, is a link or a device");
      }
    }
    Path folder = output.toAbsolutePath().getParent();
    if (!Files.isWritable(folder)) {
      throw new BadConfiguration(folder + ": must be a folder that can be written to");
    }
  }

  private static Path partial(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".partial");
  }

  private static long lines(Path file) throws IOException {
    try (var lines = new Lines(Files.newInputStream(file))) {
      long count = 0;
      while (lines.next() != null) {
        count++;
      }
      return count;
    }
  }
}
