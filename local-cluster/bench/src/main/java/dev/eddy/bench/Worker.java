package dev.eddy.bench;

import com.sun.management.ThreadMXBean;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;

/**
 * The process of one contestant: does what it is asked on standard input, answers on standard
 * output, and ends when nobody asks any more. Asked with a {@link Case}, it makes it ready and
 * answers with the outputs {@code float[]}; with a number of nanoseconds, it runs for that long and
 * answers with a {@link Timing}; otherwise it answers with a {@link Failure}.
 */
public final class Worker {
  /** How long a run took on average, and what it allocated on the heap. */
  public record Timing(double nanos, double bytes) implements Serializable {}

  /** A case that cannot be. */
  public record Failure(String reason) implements Serializable {}

  /** How often the clock is read. */
  private static final long CHUNK_NANOS = 200_000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Contestant contestant;
  private Contestant.Run run;
  private long chunk = 1;

  private Worker(Contestant contestant) {
    this.contestant = contestant;
  }

  /** Takes the class name of the contestant. */
  public static void main(String[] arguments) throws Exception {
    var answers =
        new ObjectOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    // whatever else is printed must not come between
    System.setOut(System.err);
    answers.flush();
    var asked = new ObjectInputStream(System.in);
    try {
      var made = Class.forName(arguments[0]).asSubclass(Contestant.class).getDeclaredConstructor();
      made.setAccessible(true);
      Worker worker = new Worker(made.newInstance());
      answers.writeObject(worker.contestant.version());
      answers.flush();
      while (true) {
        answers.writeObject(worker.answer(asked.readObject()));
        answers.reset();
        answers.flush();
      }
    } catch (EOFException e) {
      System.exit(0);
    } catch (Throwable e) {
      answers.writeObject(failure(e));
      answers.flush();
      e.printStackTrace();
      System.exit(1);
    }
  }

  private Serializable answer(Object asked) {
    try {
      if (asked instanceof Case of) {
        close();
        run = contestant.prepare(of);
        chunk = 1;
        return run.outputs();
      }
      return time((Long) asked);
    } catch (Exception | LinkageError e) {
      if (!(e instanceof UnsupportedOperationException)) {
        e.printStackTrace();
      }
      return failure(e);
    }
  }

  /** In one line why something cannot be. */
  static Failure failure(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String reason = cause instanceof UnsupportedOperationException ? cause.getMessage() : null;
    return new Failure((reason == null ? cause.toString() : reason).lines().findFirst().orElse(""));
  }

  private void close() {
    if (run != null) {
      run.close();
      run = null;
    }
  }

  private Timing time(long nanos) throws Exception {
    long[] threads = run.threads().stream().mapToLong(Thread::getId).toArray();
    long bytes = allocated(threads);
    long begin = System.nanoTime();
    long now = begin;
    long count = 0;
    while (now - begin < nanos) {
      for (long i = 0; i < chunk; i++) {
        run.run();
      }
      count += chunk;
      long before = now;
      now = System.nanoTime();
      if (now - before < CHUNK_NANOS) {
        chunk *= 2;
      }
    }
    bytes = allocated(threads) - bytes;
    return new Timing((double) (now - begin) / count, (double) bytes / count);
  }

  private static long allocated(long[] threads) {
    long sum = 0;
    for (long thread : threads) {
      sum += THREADS.getThreadAllocatedBytes(thread);
    }
    return sum;
  }
}
