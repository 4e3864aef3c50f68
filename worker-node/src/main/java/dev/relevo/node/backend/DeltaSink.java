package dev.relevo.node.backend;

import dev.relevo.common.protocol.Delta;

/** Takes the pieces of an answer as they come. */
@FunctionalInterface
public interface DeltaSink {

  /**
   * Takes the next piece; may block, which slows the backend down.
   *
   * @param index which of the answers it belongs to, 0 unless the request's {@code n} is above 1
   * @param delta what is new, never empty
   * @throws InterruptedException if the thread is interrupted while it blocks
   */
  void accept(int index, Delta delta) throws InterruptedException;

  /**
   * A part of the answer cannot be read and is left out; the answer goes on.
   *
   * @param what for people
   */
  default void skipped(String what) {
    // Whoever only wants the pieces does not miss what is none.
  }
}
