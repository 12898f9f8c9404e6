package dev.eddy.operators.training;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that run the parts of a task at the same time, the caller the first of them. They
 * begin with the first task, and wait for the next asleep, after looks of some microseconds, in
 * which the next part of a mini-batch comes. One thread calls and closes.
 */
final class Crew implements AutoCloseable {
  /** What is run for each part, from 0 on. */
  interface Task {
    void run(int part);
  }

  /** Looks before a thread sleeps: as long as waking one takes, some 25 microseconds. */
  private static final int LOOKS = 500;

  private final Thread[] threads;

  /** Counts tasks: a thread that finds it changed has a new one. */
  private final AtomicInteger round = new AtomicInteger();

  /** Threads that are not done with it. */
  private final AtomicInteger running = new AtomicInteger();

  private Task task;
  private Thread caller;
  private volatile Throwable failure;
  private volatile boolean closed;

  /** A crew of that many, the caller among them. */
  Crew(String name, int size) {
    threads = new Thread[size - 1];
    for (int i = 0; i < threads.length; i++) {
      int part = i + 1;
      threads[i] = new Thread(() -> work(part), name + "-" + part);
      threads[i].setDaemon(true);
    }
  }

  int size() {
    return threads.length + 1;
  }

  /** Runs a part on each thread, and returns when the last is done; throws what one threw. */
  void run(Task what) {
    task = what;
    caller = Thread.currentThread();
    running.set(threads.length);
    round.incrementAndGet();
    for (Thread thread : threads) {
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      } else {
        LockSupport.unpark(thread);
      }
    }
    runPart(0);
    for (int look = 0; running.get() > 0; look++) {
      pause(look);
    }
    task = null;
    Throwable failed = failure;
    failure = null;
    if (failed instanceof Error error) {
      throw error;
    } else if (failed != null) {
      throw (RuntimeException) failed;
    }
  }

  private void work(int part) {
    int seen = 0;
    while (true) {
      for (int look = 0; round.get() == seen; look++) {
        if (closed) {
          return;
        }
        pause(look);
      }
      seen = round.get();
      runPart(part);
      if (running.decrementAndGet() == 0) {
        LockSupport.unpark(caller);
      }
    }
  }

  private void runPart(int part) {
    try {
      task.run(part);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  private void pause(int look) {
    if (look < LOOKS) {
      Thread.onSpinWait();
    } else {
      LockSupport.park(this);
    }
  }

  /** Ends the threads, and returns when they have ended. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
