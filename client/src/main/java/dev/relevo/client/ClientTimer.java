package dev.relevo.client;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A client's one thread for what is due later. Once it is shut down nothing more begins, and nobody
 * who asks for more is told off.
 */
final class ClientTimer extends ScheduledThreadPoolExecutor {
  ClientTimer() {
    super(
        1, Thread.ofPlatform().daemon().name("relevo-client-timer").factory(), new DiscardPolicy());
    setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /**
   * Lets come to its end what it does just now, within a time: of reply topics that are half made
   * nobody would know, so nobody would delete them.
   */
  void end(Duration timeout) {
    shutdown();
    try {
      if (awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    shutdownNow();
  }
}
