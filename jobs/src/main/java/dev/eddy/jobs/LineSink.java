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
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * One local file with a line per value, in the order of arrival, whatever the parallelism: the
 * first subtask writes all. The file begins anew with the job, which must have no checkpoints and
 * no restarts.
 */
final class LineSink<T> implements Sink<T>, SupportsPreWriteTopology<T> {
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
  public DataStream<T> addPreWriteTopology(DataStream<T> values) {
    return values.global();
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) throws IOException {
    boolean first = context.getTaskInfo().getIndexOfThisSubtask() == 0;
    OutputStream file =
        first
            ? new BufferedOutputStream(Files.newOutputStream(Path.of(path)))
            : OutputStream.nullOutputStream();
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
