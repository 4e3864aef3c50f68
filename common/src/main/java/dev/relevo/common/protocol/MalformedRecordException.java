package dev.relevo.common.protocol;

import org.jspecify.annotations.Nullable;

/**
 * A record that does not say what the protocol asks of it. The message names the field or header,
 * what stands there and what was expected, in one sentence a producer's author can act on; it
 * becomes the reason in the dead letters.
 */
public final class MalformedRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedRecordException(String message) {
    super(message);
  }

  public MalformedRecordException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
