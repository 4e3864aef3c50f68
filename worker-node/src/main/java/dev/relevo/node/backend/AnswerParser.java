package dev.relevo.node.backend;

import org.jspecify.annotations.Nullable;

/**
 * Reads the body of one answer in a server's own format; pure, used once, by one thread. Feed
 * bytes, take steps until there is none, and so on; after {@link #end} steps come without further
 * bytes, the last of them {@link Step.Ended}.
 */
interface AnswerParser {

  /** Takes the first {@code count} bytes; all steps of earlier ones must have been taken. */
  void feed(byte[] bytes, int count) throws MalformedStreamException;

  /** The server closed the body in good order. */
  void end();

  /**
   * The next step, or null if more bytes are needed.
   *
   * @throws MalformedStreamException if the bytes are no answer
   */
  @Nullable Step next() throws MalformedStreamException;
}
