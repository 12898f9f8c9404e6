package dev.eddy.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/** The side that asks of a {@link Worker}. It ends with this process, however that ends. */
final class WorkerProcess implements AutoCloseable {
  /** A contestant that is gone, or that cannot what it was asked. */
  static final class WorkerException extends Exception {
    WorkerException(String message) {
      super(message);
    }
  }

  private static final long DEADLINE_MILLIS = 120_000;
  private static final Timer DEADLINES = new Timer("eddy-bench-deadlines", true);

  private final String name;
  private final Process process;
  private final ObjectOutputStream asking;
  private ObjectInputStream answers;
  private String version = "";

  /**
   * Starts the process.
   *
   * @param modules the folder of the modules of the peers
   * @param log for what it says on standard error
   */
  WorkerProcess(Peer peer, int threads, Path modules, Path log)
      throws IOException, WorkerException {
    this.name = peer.name();
    List<String> command = new ArrayList<>(List.of("-Xmx2g"));
    if (peer.module() != null) {
      // what libraries unpack stays here; DJL asks and tells nobody
      Path cache = modules.resolve(peer.module()).resolve("target").resolve("unpacked");
      command.add("-Dorg.bytedeco.javacpp.cachedir=" + cache);
      command.add("-DDJL_CACHE_DIR=" + cache);
      command.addAll(List.of("-Dai.djl.offline=true", "-DOPT_OUT_TRACKING=true"));
    }
    command.addAll(List.of(Worker.class.getName(), peer.type()));
    ProcessBuilder builder =
        Jvm.builder(classPath(peer, modules), log, command.toArray(String[]::new));
    builder
        .environment()
        .putAll(
            Map.of(
                // ND4J, which gives its BLAS as many, is slower with two
                "OMP_NUM_THREADS", "" + (peer.equals(Peer.DL4J) ? 1 : threads),
                "MKL_NUM_THREADS", "" + threads,
                "OPENBLAS_NUM_THREADS", "" + threads,
                // a thread that spins for longer disturbs the next contestant
                "KMP_BLOCKTIME", "1"));
    this.process = Jvm.start(builder);
    this.asking = new ObjectOutputStream(new BufferedOutputStream(process.getOutputStream()));
    asking.flush(); // its header, which the other side waits for
    this.version = (String) answer();
  }

  private static String classPath(Peer peer, Path modules) throws IOException, WorkerException {
    String path =
        peer.module() == null
            ? System.getProperty("java.class.path")
            : Jvm.classPath(modules.resolve(peer.module()));
    if (path == null) {
      throw new WorkerException("not built");
    }
    return path;
  }

  String version() {
    return version;
  }

  /** Makes a case ready and returns its outputs. */
  float[] prepare(Case of) throws WorkerException {
    return (float[]) ask(of);
  }

  /** Runs the case for so long. */
  Worker.Timing time(long nanos) throws WorkerException {
    return (Worker.Timing) ask(nanos);
  }

  private Object ask(Serializable question) throws WorkerException {
    try {
      asking.writeObject(question);
      asking.flush();
    } catch (IOException e) {
      throw ended();
    }
    return answer();
  }

  private Object answer() throws WorkerException {
    TimerTask late =
        new TimerTask() {
          @Override
          public void run() {
            process.destroyForcibly();
          }
        };
    DEADLINES.schedule(late, DEADLINE_MILLIS);
    Object answer;
    try {
      if (answers == null) {
        answers = new ObjectInputStream(process.getInputStream());
      }
      answer = answers.readObject();
    } catch (IOException e) {
      throw ended();
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    } finally {
      late.cancel();
    }
    if (answer instanceof Worker.Failure failure) {
      throw new WorkerException(failure.reason());
    }
    return answer;
  }

  private WorkerException ended() {
    int exit = process.destroyForcibly().onExit().join().exitValue();
    return new WorkerException(name + " ended with " + exit);
  }

  boolean alive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    Jvm.end(process);
  }
}
