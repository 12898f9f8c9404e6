package dev.eddy.operators.training;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that run the parts of a task at the same time, the caller the first of them. Each
 * takes the part of its own, whose memory its core has seen before, and then parts that nobody has
 * begun: no part waits for its own thread to get a core. They begin with the first task, and wait
 * for the next awake for a while, then asleep. One thread calls and closes.
 *
 * <p>Who waits awake yields its core to whoever wants it, and stays one that wants a core: a
 * scheduler that puts a thread on the core of the one that wakes it, as those of some virtual
 * machines do to keep the other cores free, moves it to a free core only while it wants to run, at
 * one of the next ticks of its clock.
 */
@SuppressWarnings("ThreadPriorityCheck") // right without it, only slower
final class Crew implements AutoCloseable {
  /** What is run for each part, from 0 on. */
  interface Task {
    void run(int part);
  }

  /**
   * Looks before a thread sleeps, at most about a millisecond on a free core. Looks and no clock: a
   * thread whose time passes while others have the core still wants it.
   */
  private static final int LOOKS = 1_000;

  private final Thread[] threads;

  /** Counts tasks: a thread that finds it changed has a new one. */
  private final AtomicInteger round = new AtomicInteger();

  /** The last round of which each part was begun. */
  private final AtomicIntegerArray begun;

  /** Parts that are not done. */
  private final AtomicInteger left = new AtomicInteger();

  private Task task;
  private volatile Throwable failure;
  private volatile boolean closed;

  /** A crew of that many, the caller among them. */
  Crew(String name, int size) {
    begun = new AtomicIntegerArray(size);
    threads = new Thread[size - 1];
    for (int i = 0; i < threads.length; i++) {
      int own = i + 1;
      threads[i] = new Thread(() -> work(own), name + "-" + own);
      threads[i].setDaemon(true);
    }
  }

  int size() {
    return begun.length();
  }

  /** Runs as many parts as there are threads; throws what one threw, once all are done. */
  void run(Task what) {
    task = what;
    left.set(size());
    int now = round.incrementAndGet();
    for (Thread thread : threads) {
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      } else {
        LockSupport.unpark(thread);
      }
    }
    runParts(0, now);
    while (left.get() > 0) {
      Thread.yield();
    }
    task = null;
    Throwable failed = failure;
    failure = null;
    if (failed instanceof Error error) {
      throw error;
    } else if (failed != null) {
      throw failed instanceof RuntimeException e ? e : new IllegalStateException(failed);
    }
  }

  private void work(int own) {
    for (int seen = 0; !closed; ) {
      for (int look = 0; round.get() == seen && !closed; look++) {
        if (look < LOOKS) {
          Thread.yield();
        } else {
          LockSupport.park(this);
        }
      }
      seen = round.get();
      runParts(own, seen);
    }
  }

  /** Runs the parts of a round that nobody has begun; none where the round is over. */
  private void runParts(int own, int now) {
    for (int i = 0; i < size(); i++) {
      int part = (own + i) % size();
      if (begun.compareAndSet(part, now - 1, now)) {
        try {
          task.run(part);
        } catch (Throwable e) {
          failure = e;
        }
        left.decrementAndGet();
      }
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
