package dev.eddy.bench;

import java.util.List;

/** A run in one or two pieces that are done at once: the second by a thread of its own. */
final class Pieces implements AutoCloseable {
  private final Runnable first;

  /** Null where there is one piece. */
  private final SecondThread second;

  Pieces(List<? extends Runnable> pieces) {
    this.first = pieces.get(0);
    this.second = pieces.size() == 2 ? new SecondThread(pieces.get(1)) : null;
  }

  /** Returns when all are done. */
  void run() {
    if (second == null) {
      first.run();
    } else {
      second.begin();
      first.run();
      second.await();
    }
  }

  /** Those that work in a run. */
  List<Thread> threads() {
    Thread own = Thread.currentThread();
    return second == null ? List.of(own) : List.of(own, second.thread());
  }

  @Override
  public void close() {
    if (second != null) {
      second.close();
    }
  }
}
