package dev.relevo.common.protocol;

import java.util.Locale;

/** What may happen when a stream breaks half way (protocol section 5). */
public enum Failover {
  /** Continue, else replay, else fail: readers never see text change. */
  SEAMLESS,
  /** As {@link #SEAMLESS}, and a fresh answer before failing. */
  RESTART,
  /** Fail. */
  NONE;

  /** The word in the header {@code relevo-failover}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
