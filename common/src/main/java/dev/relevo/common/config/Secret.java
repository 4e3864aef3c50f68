package dev.relevo.common.config;

/**
 * A value that must not reach a log: it is read only through {@link #reveal}.
 *
 * @param reveal the value itself; empty when none is set
 */
public record Secret(String reveal) {

  /** No secret at all. */
  public static final Secret NONE = new Secret("");

  /** Whether a value is set. */
  public boolean isPresent() {
    return !reveal.isEmpty();
  }

  /** Never the value. */
  @Override
  public String toString() {
    return isPresent() ? "***" : "(none)";
  }
}
