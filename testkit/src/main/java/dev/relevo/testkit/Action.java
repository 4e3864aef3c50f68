package dev.relevo.testkit;

import java.time.Duration;

/** What a scripted answer does between two of its pieces. */
sealed interface Action {

  /** It pauses. */
  record Pause(Duration length) implements Action {}

  /** It stands still until the test lets it go on. */
  record Hold(Gate gate) implements Action {}

  /** It breaks off. */
  record Fail(Failure failure) implements Action {}

  /** Nothing comes any more, and no end either. */
  record Silence() implements Action {}

  /** The node that asked dies. */
  record KillNode() implements Action {}

  /**
   * An action in its place.
   *
   * @param chunk how many pieces come before it, 0 or more
   * @param method how the test asked for it, for messages
   */
  record At(int chunk, String method, Action action) {}
}
