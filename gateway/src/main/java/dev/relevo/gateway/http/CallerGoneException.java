package dev.relevo.gateway.http;

/** The caller has closed the connection, or reads too slowly to be waited for. */
public final class CallerGoneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CallerGoneException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The connection has ended while an answer was in the making. */
  public CallerGoneException(String message) {
    super(message);
  }
}
