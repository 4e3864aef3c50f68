package dev.relevo.node.core;

import org.jspecify.annotations.Nullable;

/**
 * A node cannot start, or cannot go on. The message is one sentence for the user: what happened, to
 * what, and what to do.
 */
public class NodeFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public NodeFailedException(String sentence, @Nullable Throwable cause) {
    super(sentence, cause);
  }
}
