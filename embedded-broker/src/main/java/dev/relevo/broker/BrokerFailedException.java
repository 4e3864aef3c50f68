package dev.relevo.broker;

/** A running broker ended by itself. The message is one sentence for the user. */
public final class BrokerFailedException extends RuntimeException {

  BrokerFailedException(String message) {
    super(message);
  }

  BrokerFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
