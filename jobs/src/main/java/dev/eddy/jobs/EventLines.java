package dev.eddy.jobs;

import dev.eddy.serialization.DeadLetter;
import dev.eddy.serialization.Received;
import dev.eddy.serialization.Types;
import dev.eddy.serialization.json.BadEvent;
import dev.eddy.serialization.json.EventFormat;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.enumerate.NonSplittingRecursiveEnumerator;
import org.apache.flink.connector.file.src.reader.SimpleStreamFormat;
import org.apache.flink.connector.file.src.reader.StreamFormat;
import org.apache.flink.core.fs.FSDataInputStream;

/**
 * A file of events, one JSON object a line: what is no event is a dead letter with the line's
 * number as its offset. Events without a time have time 0.
 */
public final class EventLines extends SimpleStreamFormat<Received> {
  private static final long NO_TIME = 0;

  private final String name;
  private final EventFormat format;

  private EventLines(String name, EventFormat format) {
    this.name = name;
    this.format = format;
  }

  /** The events of one file, in its order. */
  public static FileSource<Received> of(Path file, EventFormat format) {
    return FileSource.forRecordStreamFormat(
            new EventLines(file.toString(), format),
            org.apache.flink.core.fs.Path.fromLocalFile(file.toFile()))
        // the default passes over names that begin with a dot or an underscore
        .setFileEnumerator(() -> new NonSplittingRecursiveEnumerator(any -> true))
        .build();
  }

  @Override
  public StreamFormat.Reader<Received> createReader(
      Configuration configuration, FSDataInputStream file) {
    var lines = new Lines(file);
    return new StreamFormat.Reader<>() {
      @Override
      public Received read() throws IOException {
        byte[] line = lines.next();
        return line == null ? null : received(line, lines.number());
      }

      @Override
      public void close() throws IOException {
        lines.close();
      }
    };
  }

  private Received received(byte[] line, long number) {
    try {
      return new Received(format.parse(null, line, NO_TIME), null);
    } catch (BadEvent bad) {
      return new Received(
          null, new DeadLetter(null, line, bad.getMessage(), name, 0, number, NO_TIME));
    }
  }

  @Override
  public TypeInformation<Received> getProducedType() {
    return Types.RECEIVED;
  }
}
