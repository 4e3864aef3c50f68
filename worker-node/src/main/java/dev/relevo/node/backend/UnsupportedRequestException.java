package dev.relevo.node.backend;

/** A request asks for what a backend cannot do; the message says what, for people. */
final class UnsupportedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  UnsupportedRequestException(String message) {
    super(message);
  }
}
