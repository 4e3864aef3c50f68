package dev.relevo.node.backend;

/** A server stopped in the middle of an answer, however orderly; the message is for people. */
final class CutStreamException extends MalformedStreamException {
  private static final long serialVersionUID = 1L;

  CutStreamException(String message) {
    super(message);
  }
}
