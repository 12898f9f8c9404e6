package dev.eddy.bench;

import dev.eddy.serialization.Tag;
import java.util.function.Consumer;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Hands the tags of a job to whoever runs it in this JVM, one job at a time. */
final class TagSink implements Sink<Tag> {
  private static volatile Consumer<Tag> receiver;

  /** Of the job that is started next. */
  static void handTo(Consumer<Tag> next) {
    receiver = next;
  }

  @Override
  public SinkWriter<Tag> createWriter(WriterInitContext context) {
    Consumer<Tag> tags = receiver;
    return new SinkWriter<>() {
      @Override
      public void write(Tag tag, Context at) {
        tags.accept(tag);
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
