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
   * The end; nothing comes after it.
   *
   * @param completion how it ended
   */
  record Ended(Completion completion) implements Step {}
}
