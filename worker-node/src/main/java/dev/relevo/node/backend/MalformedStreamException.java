package dev.relevo.node.backend;

import java.io.IOException;

/** A server sends what its wire protocol does not allow; the message says what, for people. */
sealed class MalformedStreamException extends IOException permits CutStreamException {
  private static final long serialVersionUID = 1L;

  MalformedStreamException(String message) {
    super(message);
  }
}
