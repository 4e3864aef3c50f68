package dev.relevo.testkit;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What scripted answers stand before until a test lets them go on. Thread-safe. */
final class Gate {
  private CompletableFuture<@Nullable Void> opened = new CompletableFuture<>();

  /** Completes when it is open. */
  synchronized CompletableFuture<@Nullable Void> opened() {
    return opened;
  }

  void open() {
    opened().complete(null);
  }

  /** Holds again what comes from now on. */
  synchronized void close() {
    if (opened.isDone()) {
      opened = new CompletableFuture<>();
    }
  }
}
