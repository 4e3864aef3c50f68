package dev.relevo.node.backend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a running attempt from another thread, once. Thread-safe. */
public final class Cancellation {
  private final List<Runnable> actions = new ArrayList<>();
  private @Nullable String reason;

  /**
   * Cancels. Only the first call counts.
   *
   * @param why for people
   */
  public void cancel(String why) {
    List<Runnable> run;
    synchronized (this) {
      if (reason != null) {
        return;
      }
      reason = why;
      run = List.copyOf(actions);
      actions.clear();
    }
    run.forEach(Runnable::run);
  }

  /**
   * Runs an action when cancelled, at once if that has happened; what it does must be quick and not
   * throw.
   */
  public void onCancel(Runnable action) {
    synchronized (this) {
      if (reason == null) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }

  /** Why it was cancelled, or null if it was not. */
  public synchronized @Nullable String reason() {
    return reason;
  }

  /** Whether it was cancelled. */
  public synchronized boolean isCancelled() {
    return reason != null;
  }
}
