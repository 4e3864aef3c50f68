package dev.relevo.gateway;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Something under test with the threads that it began, however many others of its kind there are.
 *
 * @param it what is tested
 */
public record OwnThreads<T>(T it, ThreadGroup threads) {

  /** Makes it; the threads that are begun meanwhile are its own. */
  public static <T> OwnThreads<T> of(Callable<T> making) throws Exception {
    CompletableFuture<T> made = new CompletableFuture<>();
    ThreadGroup group = new ThreadGroup("own");
    // A thread belongs to the group of the one that begins it.
    Thread.ofPlatform()
        .group(group)
        .start(() -> {
          try {
            made.complete(making.call());
          } catch (Exception e) {
            made.completeExceptionally(e);
          }
        });
    return new OwnThreads<>(made.get(60, TimeUnit.SECONDS), group);
  }

  /** Breaks what the threads of this name do, as a fault in it would. */
  public void interrupt(String name) {
    Thread[] all = new Thread[2 * threads.activeCount() + 1];
    int count = threads.enumerate(all);
    for (int i = 0; i < count; i++) {
      if (all[i].getName().equals(name)) {
        all[i].interrupt();
      }
    }
  }
}
