package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;

/** What a piece of a server's answer comes to. */
sealed interface Step {

  /**
   * More of the answer.
   *
   * @param index which of the answers it belongs to
   * @param delta what is new, never empty
   */
  record Piece(int index, Delta delta) implements Step {}

  /**
   * Something among the good that cannot be read; the answer goes on.
   *
   * @param what for people
   */
  record Skipped(String what) implements Step {}

  /**
   * The end; nothing comes after it.
   *
   * @param completion how it ended
   */
  record Ended(Completion completion) implements Step {}
}
