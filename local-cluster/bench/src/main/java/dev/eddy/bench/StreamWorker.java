package dev.eddy.bench;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;

/**
 * The process of {@link StreamRun}: writes to standard output what it is doing, a {@code String},
 * and each {@link StreamRow}; at the end {@code true}, or a {@link Worker.Failure}.
 */
final class StreamWorker {
  private final ObjectOutputStream out;

  private StreamWorker(ObjectOutputStream out) {
    this.out = out;
  }

  /** Takes {@code quick} or {@code full}. */
  public static void main(String[] arguments) throws IOException {
    var out =
        new ObjectOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    // whatever else is printed must not come between
    System.setOut(System.err);
    StreamWorker worker = new StreamWorker(out);
    try {
      var effort = arguments[0].equals("quick") ? StreamEffort.QUICK : StreamEffort.FULL;
      new StreamRun(effort, Tagger.PEERS, worker::write, worker::write).measure();
      worker.write(true);
      System.exit(0);
    } catch (Throwable e) {
      e.printStackTrace();
      worker.write(Worker.failure(e));
      System.exit(1);
    }
  }

  private synchronized void write(Serializable value) {
    try {
      out.writeObject(value);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
