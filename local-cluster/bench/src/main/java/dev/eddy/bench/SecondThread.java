package dev.eddy.bench;

import java.util.concurrent.locks.LockSupport;

/**
 * A thread that does a piece of work whenever it is told to. It spins between two pieces that are
 * close to each other, as the threads of the peers do, since waking a thread takes longer than a
 * step.
 */
final class SecondThread implements AutoCloseable {
  private static final int SPINS = 20_000;

  private final Thread thread;
  private volatile int begun;
  private volatile int done;
  private volatile boolean parked;
  private volatile boolean closed;

  SecondThread(Runnable work) {
    this.thread =
        new Thread(
            () -> {
              for (int next = 1; await(next); next++) {
                work.run();
                done = next;
              }
            },
            "second");
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits until a piece of work has begun; false where there is none any more. */
  private boolean await(int next) {
    for (int spins = 0; begun != next && !closed; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        parked = true;
        if (begun != next && !closed) {
          LockSupport.park(this);
        }
        parked = false;
      }
    }
    return !closed;
  }

  Thread thread() {
    return thread;
  }

  /** Has the work done by the other thread; the last piece is done. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // by one thread
  void begin() {
    begun++;
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  /** Returns when the work is done. */
  void await() {
    while (done != begun) {
      Thread.onSpinWait();
    }
  }

  /** Returns when the other thread has ended: the memory that it works on may then be freed. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    while (thread.isAlive()) {
      Thread.onSpinWait();
    }
  }
}
