package dev.eddy.jobs;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * One local file with a line per value, in the order of arrival. Begun anew by each writer, so it
 * is for a job with one writer, without checkpoints and restarts.
 */
final class LineSink<T> implements Sink<T> {
  private final String path;
  private final SerializationSchema<T> line;

  /**
   * @param line gives UTF-8 text without line breaks
   */
  LineSink(Path path, SerializationSchema<T> line) {
    this.path = path.toString();
    this.line = line;
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    OutputStream file = new BufferedOutputStream(Files.newOutputStream(Path.of(path)));
    return new SinkWriter<>() {
      @Override
      public void write(T value, Context at) throws IOException {
        file.write(line.serialize(value));
        file.write('\n');
      }

      @Override
      public void flush(boolean endOfInput) throws IOException {
        file.flush();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }
}
