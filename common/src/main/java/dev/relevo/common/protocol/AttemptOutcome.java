package dev.relevo.common.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How an attempt ended, in the node's words. */
public enum AttemptOutcome {
  @JsonProperty("succeeded")
  SUCCEEDED,
  @JsonProperty("failed")
  FAILED,
  @JsonProperty("cancelled")
  CANCELLED,
  /** The deadline passed while it ran. */
  @JsonProperty("expired")
  EXPIRED
}
