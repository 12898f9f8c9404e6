package dev.eddy.local;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Work that an interrupt would break half-way: brokers and clusters neither start nor stop cleanly
 * on a thread that is interrupted. It runs on a thread of its own, and the caller, interrupted or
 * not, waits for its end; an interrupt stays set.
 */
final class Uninterrupted {
  private Uninterrupted() {}

  static <T> T call(Callable<T> work) throws Exception {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                result.complete(work.call());
              } catch (Throwable e) {
                result.completeExceptionally(e);
              }
            },
            "eddy-start-stop");
    thread.start();
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }
}
