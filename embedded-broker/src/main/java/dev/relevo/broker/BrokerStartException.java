package dev.relevo.broker;

/**
 * The broker could not start for a reason its user can change. The message is one sentence for that
 * user: what happened, to what, and what to do.
 */
public final class BrokerStartException extends Exception {

  BrokerStartException(String message) {
    super(message);
  }

  BrokerStartException(String message, Throwable cause) {
    super(message, cause);
  }
}
